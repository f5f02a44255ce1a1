/** A batch's answers for a caller who did not ask for JSON (OData 4.01, part 1, 11.7.7: "Multipart Batch Format"). */

import type { WireObject } from "../fill.ts";
import { isObject } from "../odata.ts";
import type { TroubleBody } from "./trouble.ts";

const LINE = "\r\n";

const partOf = ({ id, status, headers, body }: WireObject): string =>
  [
    "Content-Type: application/http",
    "Content-Transfer-Encoding: binary",
    `Content-ID: ${String(id)}`,
    "",
    `HTTP/1.1 ${String(status)} ${status === 200 ? "OK" : "Refused"}`,
    ...Object.entries(isObject(headers) ? headers : {}).map(([name, value]) => `${name}: ${String(value)}`),
    "",
    body === undefined ? "" : JSON.stringify(body),
  ].join(LINE);

/** @param responses as they would stand in JSON @param seed from which the boundary is made */
export const multipart = (
  responses: readonly WireObject[],
  seed: string,
): { readonly headers: Readonly<Record<string, string>>; readonly body: TroubleBody } => {
  const boundary = `batchresponse_${seed}`;
  const text = responses.map((response) => `--${boundary}${LINE}${partOf(response)}${LINE}`).join("");
  return { headers: { "Content-Type": `multipart/mixed; boundary="${boundary}"` }, body: { type: "text", text: `${text}--${boundary}--${LINE}` } };
};
