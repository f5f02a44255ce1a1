/**
 * What `doctor --app-registration` prints: an application with just the rights that are needed, step by step for the portal, as the body
 * of a request, and as commands of the Azure CLI.
 *
 * @see https://learn.microsoft.com/graph/api/resources/application: requiredResourceAccess, publicClient, isFallbackPublicClient
 * @see https://learn.microsoft.com/entra/workload-id/workload-identity-federation-create-trust
 * @see https://learn.microsoft.com/powershell/exchange/app-only-auth-powershell-v2: the role, and a narrower role group in its place
 */

import type { Plan } from "../plan/plan.ts";
import type { CommandName } from "./commands.ts";
import { type PlanWords, planWords } from "./document.ts";
import { permissionFacts, type Scheme, SERVICES, type Service } from "./names.ts";
import { type Needs, needsOf, type PermissionNeed, type RoleNeed } from "./needs.ts";

/** A token of somebody else's that Entra takes in the place of a secret. */
export type FederatedCredential = {
  readonly name: string;
  readonly issuer: string;
  readonly subject: string;
  readonly audiences: readonly string[];
};

type ResourceAccess = { readonly id: string; readonly type: "Role" | "Scope" };

/** The body of `POST /applications`; its `requiredResourceAccess` is also what the portal's manifest calls by that name. */
export type ApplicationBody = {
  readonly displayName: string;
  readonly signInAudience: "AzureADMyOrg";
  readonly isFallbackPublicClient?: boolean;
  readonly publicClient?: { readonly redirectUris: readonly string[] };
  readonly requiredResourceAccess: readonly { readonly resourceAppId: string; readonly resourceAccess: readonly ResourceAccess[] }[];
};

/** What a command is handed by name: quotes are another matter in every shell, and in a file they are not. */
export type StepFile = { readonly name: string; readonly json: object };

export type Step = {
  readonly title: string;
  /** In the portal, a click or a word to read each. */
  readonly portal: readonly string[];
  /** The same by the Azure CLI, line by line; words in capitals are to be filled in. */
  readonly commands: readonly string[];
  readonly files: readonly StepFile[];
};

export type RegistrationDocument = {
  readonly schemaVersion: 1;
  /** Null: for whatever any plan may ask. */
  readonly plan: PlanWords | null;
  readonly scheme: Scheme;
  readonly commands: readonly CommandName[];
  readonly application: ApplicationBody;
  readonly permissions: readonly PermissionNeed[];
  /** Of the application for Exchange Online, or of whoever signs in. */
  readonly roles: readonly RoleNeed[];
  readonly federated: readonly FederatedCredential[];
  readonly steps: readonly Step[];
};

export type RegistrationWish = {
  readonly scheme: Scheme;
  readonly commands: readonly CommandName[];
  readonly plan: Plan | undefined;
  readonly federated: readonly FederatedCredential[];
  /** In which the body of the request is written, as people would type its name. */
  readonly file: string;
};

const APPLICATION_NAME = "entra-rollout";
const AUDIENCE = "api://AzureADTokenExchange";

/** @param subject `owner/repository`, with `:environment:NAME` or `:ref:refs/heads/NAME` behind it; the branch main when nothing is. */
export const githubCredential = (subject: string): FederatedCredential => ({
  name: "github",
  issuer: "https://token.actions.githubusercontent.com",
  subject: `repo:${subject.includes(":") ? subject : `${subject}:ref:refs/heads/main`}`,
  audiences: [AUDIENCE],
});

/** @param account `namespace:name` of the service account */
export const kubernetesCredential = (issuer: string, account: string): FederatedCredential => ({
  name: "kubernetes",
  issuer,
  subject: `system:serviceaccount:${account}`,
  audiences: [AUDIENCE],
});

const TYPES = { application: "Role", delegated: "Scope" } as const satisfies Record<Scheme, ResourceAccess["type"]>;
const BY_SERVICE: readonly Service[] = ["graph", "exchange"];

const applicationBody = ({ scheme, permissions }: Needs): ApplicationBody => ({
  displayName: APPLICATION_NAME,
  signInAudience: "AzureADMyOrg",
  ...(scheme === "delegated" && { isFallbackPublicClient: true, publicClient: { redirectUris: ["http://localhost"] } }),
  requiredResourceAccess: BY_SERVICE.flatMap((service) => {
    const own = permissions.filter((each) => each.service === service);
    if (own.length === 0) return [];
    return [{ resourceAppId: SERVICES[service].appId, resourceAccess: own.map(({ id }) => ({ id, type: TYPES[scheme] })) }];
  }),
});

const namesOf = (permissions: readonly PermissionNeed[], service: Service): readonly string[] =>
  permissions.flatMap((each) => (each.service === service ? [`${each.name} (${permissionFacts(each.name).lets})`] : []));

const GRAPH = "https://graph.microsoft.com/v1.0";
const posting = (path: string, file: string): string => `az rest --method POST --url ${GRAPH}${path} --headers Content-Type=application/json --body @${file}`;

const registering = ({ scheme, file }: RegistrationWish, application: ApplicationBody): Step => ({
  title: "Register the application",
  portal: [
    "sign in at https://entra.microsoft.com as Application Administrator or above",
    "Entra ID > App registrations > New registration",
    `name: ${APPLICATION_NAME}; accounts in this organizational directory only`,
    scheme === "delegated"
      ? "redirect URI: Public client/native (mobile & desktop), http://localhost; Register; then Authentication > Allow public client flows: Yes > Save"
      : "no redirect URI; Register",
    "of its Overview note the Application (client) ID and the Directory (tenant) ID",
  ],
  commands: ["az login --allow-no-subscriptions", posting("/applications", file), "az ad sp create --id APPLICATION-ID"],
  files: [{ name: file, json: application }],
});

const permitting = ({ scheme, permissions }: Needs): Step => {
  const kind = scheme === "application" ? "Application permissions" : "Delegated permissions";
  const exchange = namesOf(permissions, "exchange");
  return {
    title: "Give it these permissions, and no more",
    portal: [
      `API permissions${scheme === "application" ? " > remove User.Read, which stands there already" : ""}`,
      `Add a permission > Microsoft Graph > ${kind}:`,
      ...namesOf(permissions, "graph").map((name) => `  ${name}`),
      ...(exchange.length === 0
        ? []
        : [`Add a permission > APIs my organization uses > ${SERVICES.exchange.name} > ${kind}:`, ...exchange.map((name) => `  ${name}`)]),
      "Grant admin consent: it takes a Privileged Role Administrator or a Global Administrator",
      "instead of ticking them: Manifest > replace requiredResourceAccess by that of step 1 > Save, then grant admin consent",
    ],
    commands: ["az ad app permission admin-consent --id APPLICATION-ID"],
    files: [],
  };
};

const federating = ({ federated }: RegistrationWish): Step => ({
  title: "Let it prove who it is, without a secret",
  portal: federated.flatMap(({ name, issuer, subject, audiences }) => [
    `Certificates & secrets > Federated credentials > Add credential > Other issuer; name: ${name}`,
    `  issuer: ${issuer}`,
    `  subject: ${subject}`,
    `  audience: ${audiences.join(", ")}`,
  ]),
  commands: federated.map(({ name }) => `az ad app federated-credential create --id APPLICATION-ID --parameters ${name}.json`),
  files: federated.map((credential) => ({ name: `${credential.name}.json`, json: credential })),
});

const certifying: Step = {
  title: "Let it prove who it is",
  portal: [
    "best without a secret: on GitHub Actions or Kubernetes a federated credential (--github OWNER/REPOSITORY, --kubernetes ISSUER), in Azure a managed identity",
    "else Certificates & secrets > Certificates > Upload certificate: its public half, while the private one stays on the machine that runs this tool",
    "a client secret works too; whoever reads it has all of the permissions above",
  ],
  commands: ["az ad app credential reset --id APPLICATION-ID --append --cert @certificate.pem"],
  files: [],
};

const fileOf = ({ name }: RoleNeed): string => `${name.toLowerCase().replaceAll(" ", "-")}.json`;

/** @param principal what is to be filled in: whose role it becomes */
const assigningBy = (roles: readonly RoleNeed[], principal: string): Pick<Step, "commands" | "files"> => ({
  commands: roles.map((role) => posting("/roleManagement/directory/roleAssignments", fileOf(role))),
  files: roles.map((role) => ({ name: fileOf(role), json: { principalId: principal, roleDefinitionId: role.id, directoryScopeId: "/" } })),
});

const assigning = ({ scheme, roles }: Needs): readonly Step[] => {
  if (roles.length === 0) return [];
  const [first] = roles;
  const names = roles.map(({ name }) => name);
  if (scheme === "delegated")
    return [
      {
        title: "Give whoever signs in these roles",
        portal: [
          "Entra ID > Roles & admins > each of these > Add assignments > the administrator:",
          ...names.map((name) => `  ${name}`),
          "a Global Administrator needs none of them; where roles are activated for a time, activate them before the command",
        ],
        ...assigningBy(roles, "OBJECT-ID-OF-THE-ADMINISTRATOR"),
      },
    ];
  return [
    {
      title: "Give it its role for Exchange Online, without which the permission alone does nothing",
      portal: [
        ...names.map((name) => `Entra ID > Roles & admins > ${name} > Add assignments > ${APPLICATION_NAME}`),
        "it can take two hours until Exchange Online knows it",
        ...(first?.name === "Exchange Administrator"
          ? [
              "narrower, in its place: in Exchange Online PowerShell New-ServicePrincipal with the application's ids, then Add-RoleGroupMember to a role group with no more than Mail Recipients, Organization Client Access, Organization Transport Settings and Organization Configuration",
            ]
          : []),
      ],
      ...assigningBy(roles, "OBJECT-ID-OF-THE-SERVICE-PRINCIPAL"),
    },
  ];
};

export const registrationDocument = (wish: RegistrationWish): RegistrationDocument => {
  const { scheme, commands, plan, federated } = wish;
  const needs = needsOf(commands, plan, scheme);
  const application = applicationBody(needs);
  const proving = scheme === "delegated" ? [] : [federated.length > 0 ? federating(wish) : certifying];
  return {
    schemaVersion: 1,
    plan: planWords(plan),
    scheme,
    commands,
    application,
    permissions: needs.permissions,
    roles: needs.roles,
    federated,
    steps: [registering(wish, application), permitting(needs), ...proving, ...assigning(needs)],
  };
};
