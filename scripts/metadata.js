// Reads Graph's metadata as far as the contract needs it. The slice has one element a line and no text between elements; whatever is not
// of that form is refused, so that nothing is ever left out in silence.

/** @typedef {{ base: string | undefined, isAbstract: boolean, isOpen: boolean, properties: Map<string, string>, navigation: Map<string, { type: string, within: boolean }> }} Type */
/** @typedef {{ name: string, binding: string, takes: Map<string, string>, gives: string | undefined }} Action */
/**
 * Types are written `String`, `String?` where null may stand for one, `[String]` for a list; names without their namespaces.
 * @typedef {{
 *   types: Map<string, Type>,
 *   enums: Map<string, { isFlags: boolean, values: string[] }>,
 *   actions: Action[],
 *   sets: Map<string, string>,
 *   singletons: Map<string, string>,
 * }} Metadata
 */

/** @typedef {{ tag: string, attributes: Map<string, string>, opens: boolean, closes: boolean }} Element */

const ELEMENT = /^<(\/?)([A-Za-z:]+)((?: [A-Za-z:]+="[^"<>&]*")*) ?(\/?)>$/;

/** @param {string} line @param {number} number @returns {Element} */
const elementOf = (line, number) => {
  const [, end, tag, attributes, empty] = ELEMENT.exec(line) ?? [];
  if (tag === undefined || (end === "/" && (attributes !== "" || empty === "/"))) throw new Error(`line ${number} is not one element: ${line}`);
  const pairs = [...(attributes ?? "").matchAll(/ ([A-Za-z:]+)="([^"]*)"/g)].map(([, name = "", value = ""]) => /** @type {const} */ ([name, value]));
  return { tag, attributes: new Map(pairs), opens: end === "" && empty === "", closes: end === "/" };
};

/** @param {Element} element @param {string} name */
const attribute = ({ tag, attributes }, name) => {
  const value = attributes.get(name);
  if (value === undefined) throw new Error(`a ${tag} without ${name}`);
  return value;
};

/** @param {string} name */
const bare = (name) => name.replace(/^(?:microsoft\.graph|graph|Edm)\./, "");

/** @param {Element} element */
const typeOf = (element) => {
  const type = attribute(element, "Type");
  const inner = /^Collection\((.*)\)$/.exec(type)?.[1];
  const optional = element.attributes.get("Nullable") === "false" ? "" : "?";
  return inner === undefined ? `${bare(type)}${optional}` : `[${bare(inner)}${optional}]`;
};

/** Navigation says nothing of null. @param {Element} element */
const targetOf = (element) => typeOf(element).replaceAll("?", "");

/**
 * @param {string} csdl
 * @returns {Metadata}
 * @throws {Error} for a document of another form
 */
export const readMetadata = (csdl) => {
  /** @type {Metadata} */
  const metadata = { types: new Map(), enums: new Map(), actions: [], sets: new Map(), singletons: new Map() };
  /** @type {Element[]} */
  const above = [];
  /** @type {{ name: string, value: number }[]} */
  let members = [];
  /** @type {Action | undefined} */
  let action;
  /** @param {string} tag */
  const owner = (tag) => {
    const parent = above.at(-1);
    if (parent === undefined) throw new Error(`a ${tag} outside of everything`);
    return attribute(parent, "Name");
  };

  for (const [index, raw] of csdl.split("\n").entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("<?xml ") || (line.startsWith("<!--") && line.endsWith("-->"))) continue;
    const element = elementOf(line, index + 1);
    const { tag } = element;
    if (element.closes) {
      const opened = above.pop();
      if (opened?.tag !== tag) throw new Error(`line ${index + 1} closes ${tag}, but ${opened?.tag ?? "nothing"} is open`);
      if (tag === "EnumType") {
        const values = members.sort((a, b) => a.value - b.value).map(({ name }) => name);
        metadata.enums.set(attribute(opened, "Name"), { isFlags: opened.attributes.get("IsFlags") === "true", values });
        members = [];
      }
      continue;
    }
    const isInAnnotation = above.some((one) => one.tag === "Annotation");
    if (isInAnnotation || tag === "Annotation") {
      // Alternate keys and optional parameters: nothing that the table holds.
    } else if (tag === "EntityType" || tag === "ComplexType") {
      const base = element.attributes.get("BaseType");
      metadata.types.set(attribute(element, "Name"), {
        base: base === undefined ? undefined : bare(base),
        isAbstract: element.attributes.get("Abstract") === "true",
        isOpen: element.attributes.get("OpenType") === "true",
        properties: new Map(),
        navigation: new Map(),
      });
    } else if (tag === "Property") metadata.types.get(owner(tag))?.properties.set(attribute(element, "Name"), typeOf(element));
    else if (tag === "NavigationProperty") {
      const within = element.attributes.get("ContainsTarget") === "true";
      metadata.types.get(owner(tag))?.navigation.set(attribute(element, "Name"), { type: targetOf(element), within });
    } else if (tag === "Member") members.push({ name: attribute(element, "Name"), value: Number(attribute(element, "Value")) });
    else if (tag === "Action" || tag === "Function") {
      action = { name: attribute(element, "Name"), binding: "", takes: new Map(), gives: undefined };
      metadata.actions.push(action);
    } else if (tag === "Parameter") {
      if (action === undefined) throw new Error(`line ${index + 1}: a parameter of nothing`);
      if (action.binding === "") action.binding = targetOf(element);
      else action.takes.set(attribute(element, "Name"), typeOf(element));
    } else if (tag === "ReturnType") {
      if (action === undefined) throw new Error(`line ${index + 1}: a return type of nothing`);
      action.gives = targetOf(element);
    } else if (tag === "EntitySet") metadata.sets.set(attribute(element, "Name"), bare(attribute(element, "EntityType")));
    else if (tag === "Singleton") metadata.singletons.set(attribute(element, "Name"), bare(attribute(element, "Type")));
    else if (!["EnumType", "Key", "PropertyRef", "Schema", "EntityContainer", "NavigationPropertyBinding", "edmx:Edmx", "edmx:DataServices"].includes(tag))
      throw new Error(`line ${index + 1}: nobody knows what a ${tag} says`);
    if (element.opens) above.push(element);
  }
  if (above.length > 0) throw new Error(`${above.at(-1)?.tag} is never closed`);
  return metadata;
};
