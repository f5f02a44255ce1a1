/** The plan's shape as JSON Schema, for editors and for `help plan`; apart from the shape, since reading a plan needs none of it. */

import { toJsonSchema } from "@valibot/to-json-schema";
import { planSchema } from "./schema.ts";

/** Draft 7, which editors know best: descriptions and examples included. */
export const planJsonSchema = (): object =>
  toJsonSchema(planSchema, {
    target: "draft-07",
    overrideSchema: ({ jsonSchema: { required, ...others } }) => ({ ...others, ...(required !== undefined && required.length > 0 && { required }) }),
  });
