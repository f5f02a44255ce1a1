/** What the tenant has licences for, by the names under which it is sold. Facts, section 7.14. */

import type { SubscribedSku } from "@microsoft/microsoft-graph-types";
import type { ObjectId } from "../core/tenant.ts";
import type { GraphClient } from "./client.ts";
import { listOf } from "./pager.ts";
import { idIn, objectIn, textIn } from "./wire.ts";

/**
 * Part numbers by the product's id.
 * @throws ServiceError
 */
export const productsOf = async (client: GraphClient): Promise<ReadonlyMap<ObjectId, string>> =>
  new Map(
    await listOf(client, { method: "GET", path: "/subscribedSkus" }, (value) => {
      const wire: { readonly [K in keyof SubscribedSku]?: unknown } = objectIn(value, "a licence");
      return [idIn(wire.skuId, "a licence's id"), textIn(wire.skuPartNumber, "a licence's part number")] as const;
    }),
  );
