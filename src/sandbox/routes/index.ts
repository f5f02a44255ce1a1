/** Every route of the service that the practice tenant has. What is not here is answered with 501. */

import type { Route } from "../context.ts";
import { auditLogRoutes } from "./audit-logs.ts";
import { deletedDirectoryRoutes } from "./deleted-directory.ts";
import { deletedItemRoutes } from "./deleted-items.ts";
import { directoryRoutes } from "./directory.ts";
import { directoryAuditRoutes } from "./directory-audits.ts";
import { groupRoutes } from "./groups.ts";
import { locationRoutes } from "./locations.ts";
import { mailboxRoutes } from "./mailbox-settings.ts";
import { managerRoutes } from "./managers.ts";
import { memberOfRoutes } from "./member-of.ts";
import { memberRoutes } from "./members.ts";
import { methodsPolicyRoutes } from "./methods-policy.ts";
import { ownerRoutes } from "./owners.ts";
import { policyRoutes } from "./policies.ts";
import { reportRoutes } from "./reports.ts";
import { requirementRoutes } from "./requirements.ts";
import { roleManagementRoutes } from "./role-management.ts";
import { securityDefaultsRoutes } from "./security-defaults.ts";
import { strengthRoutes } from "./strengths.ts";
import { usageReportRoutes } from "./usage-reports.ts";
import { userRoutes } from "./users.ts";
import { whatIfRoutes } from "./what-if.ts";

export const routes: readonly Route[] = [
  ...userRoutes,
  ...memberOfRoutes,
  ...managerRoutes,
  ...ownerRoutes,
  ...groupRoutes,
  ...memberRoutes,
  ...directoryRoutes,
  ...roleManagementRoutes,
  ...securityDefaultsRoutes,
  ...requirementRoutes,
  ...methodsPolicyRoutes,
  ...strengthRoutes,
  ...policyRoutes,
  ...whatIfRoutes,
  ...locationRoutes,
  ...deletedItemRoutes,
  ...deletedDirectoryRoutes,
  ...reportRoutes,
  ...auditLogRoutes,
  ...directoryAuditRoutes,
  ...usageReportRoutes,
  ...mailboxRoutes,
];
