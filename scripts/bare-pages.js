/**
 * What a report is measured by: fetches the pages of some lists one after another, parses each, and does nothing with it.
 *
 * usage: BARE_TOKEN=... node scripts/bare-pages.js ADDRESS...   (prints how many pages and rows there were)
 */

const token = process.env["BARE_TOKEN"] ?? "";
let [pages, rows] = [0, 0];
for (const first of process.argv.slice(2)) {
  for (let address = first; address !== ""; ) {
    const response = await fetch(address, { headers: { authorization: `Bearer ${token}` } });
    const body = JSON.parse(await response.text());
    if (!response.ok) throw new Error(`${response.status} ${JSON.stringify(body)}`);
    pages += 1;
    rows += body.value.length;
    address = body["@odata.nextLink"] ?? "";
  }
}
console.log(JSON.stringify({ pages, rows }));
