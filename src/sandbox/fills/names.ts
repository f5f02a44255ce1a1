/** Invented names of people. Surnames are put together from parts of place names, so that none is anybody's by intent. */

const GIVEN = (
  "Aaliyah Abel Adaeze Agnes Alban Amara Anouk Arjun Astrid Aurelia Bao Beatrix Benedict Blythe Bronagh Caius Callum Carys Cedric Chidi " +
  "Clemence Conrad Cosima Dagny Dariusz Delphine Desmond Dilys Dinah Edmund Eirlys Elio Emeka Enid Esme Farah Fergus Fleur Florian Fumiko " +
  "Gethin Giselle Greta Hamish Hana Hector Hermione Hiro Ignatius Imogen Indira Isolde Ivo Jago Jamila Jocasta Kaveh Keir Kofi Lakshmi " +
  "Leocadia Linnea Lorcan Lucian Mabel Magnus Marigold Meera Merryn Milos Nadia Ngozi Niamh Nikolai Odette Olwen Orla Oswin Padma Percival " +
  "Priya Quentin Ravi Renée Rhiannon Roksana Rosalind Rufus Sadia Siobhán Sorcha Tariq Tegan Tobias Ulric Zoë"
).split(" ");

const FIRST_PARTS =
  "Ack Ash Bram Brock Cald Chal Cold Crans Dun East Fair Fern Gad Hal Hart Hazel Kelm Lang Lind Mar Mel Nether Oak Pen Quar Rad Row Sel Stan Thorn Wad Wyn".split(
    " ",
  );
const LAST_PARTS = "bourne bridge brook bury by combe croft dale den field ford ham holt ley stead worth".split(" ");
const SURNAMES = FIRST_PARTS.flatMap((first) => LAST_PARTS.map((last) => first + last));

export type Name = {
  readonly given: string;
  readonly surname: string;
  /** The part of an address before the @: letters of the English alphabet only. */
  readonly local: string;
};

/** How many different names there are. */
export const NAMES = GIVEN.length * SURNAMES.length;

const ascii = (text: string): string =>
  text
    .normalize("NFD")
    .replaceAll(/[^a-z]/giu, "")
    .toLowerCase();

const GIVEN_LOCALS = GIVEN.map(ascii);
const SURNAME_LOCALS = SURNAMES.map(ascii);
const placesOf = (locals: readonly string[]): ReadonlyMap<string, number> => new Map(locals.map((local, place) => [local, place]));
const GIVEN_PLACES = placesOf(GIVEN_LOCALS);
const SURNAME_PLACES = placesOf(SURNAME_LOCALS);

/** @param number 0 to `NAMES` - 1 */
export const nameAt = (number: number): Name => {
  const first = number % GIVEN.length;
  const last = Math.floor(number / GIVEN.length);
  const given = GIVEN[first];
  const surname = SURNAMES[last];
  if (given === undefined || surname === undefined) throw new RangeError(`no name ${number}`);
  return { given, surname, local: `${GIVEN_LOCALS[first]}.${SURNAME_LOCALS[last]}` };
};

/** The number of a name by its address part, in lower case. */
export const numberOfLocal = (local: string): number | undefined => {
  const dot = local.indexOf(".");
  const given = GIVEN_PLACES.get(local.slice(0, dot));
  const surname = SURNAME_PLACES.get(local.slice(dot + 1));
  return dot < 0 || given === undefined || surname === undefined ? undefined : surname * GIVEN.length + given;
};
