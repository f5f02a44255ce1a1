/** The documents of `doctor --permissions` and `--app-registration` as schemas. Only tests and scripts load this. */

import { z } from "zod";
import { COMMAND_NAMES } from "./commands.ts";
import type { PermissionsDocument } from "./document.ts";
import { PERMISSION_NAMES, ROLE_NAMES, SCHEMES } from "./names.ts";
import type { RegistrationDocument } from "./registration.ts";

const text = z.string();
const texts = z.array(text).readonly();
const id = z.guid();
const command = z.enum(COMMAND_NAMES);
const scheme = z.enum(SCHEMES);
const service = z.enum(["graph", "exchange"]);
const plan = z.strictObject({ id: text, name: text, file: text }).nullable().meta({ description: "null: for whatever any plan may ask" });

const uses = z
  .array(z.strictObject({ commands: z.array(command).readonly(), why: text, writes: z.boolean().meta({ description: "it changes something in the tenant" }) }))
  .readonly()
  .meta({ description: "which commands need it, and what for" });

const ofScheme = z.strictObject({ permissions: texts, roles: texts });

export const permissionsSchema: z.ZodType<PermissionsDocument> = z.strictObject({
  schemaVersion: z.literal(1),
  plan,
  permissions: z
    .array(
      z.strictObject({
        name: text,
        service,
        lets: text.meta({ description: "what it lets its holder do" }),
        application: id.nullable().meta({ description: "id of the app role, for an application by itself; null: it needs none" }),
        delegated: id.nullable().meta({ description: "id of the scope, for somebody who signs in; null: none is needed" }),
        reads: z.boolean().meta({ description: "it lets nobody write" }),
        uses,
      }),
    )
    .readonly(),
  roles: z
    .array(
      z.strictObject({
        name: text,
        id: id.meta({ description: "of the directory role's template" }),
        holders: z.array(scheme).readonly().meta({ description: "application: the application itself, for Exchange Online; delegated: whoever signs in" }),
        uses,
      }),
    )
    .readonly(),
  commands: z
    .array(z.strictObject({ command, reads: z.boolean().meta({ description: "it writes nothing to a tenant" }), application: ofScheme, delegated: ofScheme }))
    .readonly()
    .meta({ description: "what each command needs by itself" }),
});

const need = { id, uses };

export const registrationSchema: z.ZodType<RegistrationDocument> = z.strictObject({
  schemaVersion: z.literal(1),
  plan,
  scheme,
  commands: z.array(command).readonly(),
  application: z
    .strictObject({
      displayName: text,
      signInAudience: z.literal("AzureADMyOrg"),
      isFallbackPublicClient: z.boolean().exactOptional(),
      publicClient: z.strictObject({ redirectUris: texts }).exactOptional(),
      requiredResourceAccess: z
        .array(
          z.strictObject({
            resourceAppId: id,
            resourceAccess: z.array(z.strictObject({ id, type: z.enum(["Role", "Scope"]) })).readonly(),
          }),
        )
        .readonly(),
    })
    .meta({ description: "body of POST /applications of Microsoft Graph" }),
  permissions: z.array(z.strictObject({ name: z.enum(PERMISSION_NAMES), service, ...need })).readonly(),
  roles: z.array(z.strictObject({ name: z.enum(ROLE_NAMES), ...need })).readonly(),
  federated: z.array(z.strictObject({ name: text, issuer: text, subject: text, audiences: texts })).readonly(),
  steps: z
    .array(
      z.strictObject({
        title: text,
        portal: texts,
        commands: texts.meta({ description: "the same by the Azure CLI; words in capitals are to be filled in" }),
        files: z
          .array(z.strictObject({ name: text, json: z.looseObject({}) }))
          .readonly()
          .meta({ description: "what the commands name" }),
      }),
    )
    .readonly(),
});
