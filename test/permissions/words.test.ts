import { expect, test } from "vitest";
import { withRights } from "../../src/core/permissions/words.ts";

test.each([
  [403, "Authorization_RequestDenied", "GET", "/v1.0/groups?$top=9", "GroupMember.Read.All"],
  [403, "AccessDenied", "POST", "/v1.0/identity/conditionalAccess/policies", "Policy.ReadWrite.ConditionalAccess and Policy.Read.All"],
  [403, "Authorization_RequestDenied", "GET", "/v1.0/users/x/memberOf", "Directory.Read.All of an application, GroupMember.Read.All of whoever signs in"],
  [403, "Authorization_RequestDenied", "GET", "/v1.0/me", "User.Read"],
  [403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", "GET", "/v1.0/auditLogs/signIns", ""],
  [403, "Authorization_RequestDenied", "GET", "/v1.0/something", ""],
  [404, "Request_ResourceNotFound", "GET", "/v1.0/groups/x", ""],
] as const)("%s %s to %s %s", (status, code, method, target, want) => {
  expect(withRights("No.", status, code, method, target)).toBe(want === "" ? "No." : `No; it takes ${want}`);
});
