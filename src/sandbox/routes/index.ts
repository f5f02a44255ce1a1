/** Every route of the service that the practice tenant has. What is not here is answered with 501. */

import type { Route } from "../context.ts";
import { deletedItemRoutes } from "./deleted-items.ts";
import { directoryRoutes } from "./directory.ts";
import { groupRoutes } from "./groups.ts";
import { locationRoutes } from "./locations.ts";
import { memberOfRoutes } from "./member-of.ts";
import { memberRoutes } from "./members.ts";
import { policyRoutes } from "./policies.ts";
import { reportRoutes } from "./reports.ts";
import { userRoutes } from "./users.ts";

export const routes: readonly Route[] = [
  ...userRoutes,
  ...memberOfRoutes,
  ...groupRoutes,
  ...memberRoutes,
  ...directoryRoutes,
  ...policyRoutes,
  ...locationRoutes,
  ...deletedItemRoutes,
  ...reportRoutes,
];
