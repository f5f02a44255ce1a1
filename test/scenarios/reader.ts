/**
 * Reads a served practice tenant over HTTP and imports nothing of `src/`: what it finds was found by somebody else's eyes.
 */

export type Group = { readonly id: string; readonly displayName: string; readonly description: string | null };
export type Policy = {
  readonly id: string;
  readonly displayName: string;
  readonly description: string | null;
  readonly state: string;
  readonly conditions: {
    readonly clientAppTypes: readonly string[];
    readonly applications: { readonly includeApplications: readonly string[] };
    readonly users: {
      readonly includeUsers: readonly string[];
      readonly excludeUsers: readonly string[];
      readonly includeGroups: readonly string[];
      readonly excludeGroups: readonly string[];
      readonly excludeRoles: readonly string[];
    };
    readonly locations: { readonly includeLocations: readonly string[]; readonly excludeLocations: readonly string[] } | null;
  };
  readonly grantControls: { readonly operator: string; readonly builtInControls: readonly string[] } | null;
  readonly sessionControls: { readonly signInFrequency: { readonly value: number; readonly type: string; readonly isEnabled: boolean } | null } | null;
};
export type Location = {
  readonly id: string;
  readonly displayName: string;
  readonly isTrusted?: boolean;
  readonly ipRanges?: readonly { readonly cidrAddress: string }[];
};
export type Account = {
  readonly id: string;
  readonly userPrincipalName: string;
  readonly userType?: string;
  readonly assignedLicenses?: readonly { readonly skuId: string }[];
};
export type LoggedRequest = { readonly n: number; readonly method: string; readonly path: string; readonly status: number };

type Page<T> = { readonly value: readonly T[]; readonly "@odata.nextLink"?: string };

export class Reader {
  readonly #origin: string;
  readonly #token: string;
  readonly #fetch: (request: Request) => Promise<Response>;
  readonly #always: object;

  /** @param always dials that stay as they are whatever else is set */
  constructor(origin: string, token: string, fetchOf: (request: Request) => Promise<Response> = (request) => fetch(request), always: object = {}) {
    this.#origin = origin;
    this.#token = token;
    this.#fetch = fetchOf;
    this.#always = always;
  }

  async send(method: string, path: string, body?: unknown, more: Readonly<Record<string, string>> = {}): Promise<Response> {
    const url = path.startsWith("http") ? path : `${this.#origin}${path}`;
    const headers: Record<string, string> = { ...more, authorization: `Bearer ${this.#token}` };
    if (body !== undefined) headers["content-type"] = "application/json";
    return this.#fetch(new Request(url, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }));
  }

  async json<T>(method: string, path: string, body?: unknown, more?: Readonly<Record<string, string>>): Promise<T> {
    const response = await this.send(method, path, body, more);
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 300)}`);
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }

  /** A throttled reader waits as any client would: on the tenant's clock. */
  async #page<T>(path: string): Promise<Page<T>> {
    for (let tries = 0; tries < 20; tries += 1) {
      const response = await this.send("GET", path);
      if (response.status !== 429) {
        if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
        return (await response.json()) as Page<T>;
      }
      await response.arrayBuffer();
      await this.forward(1_000);
    }
    throw new Error(`GET ${path}: throttled for ever`);
  }

  async all<T>(path: string): Promise<readonly T[]> {
    const rows: T[] = [];
    for (let next: string | undefined = path; next !== undefined; ) {
      const page: Page<T> = await this.#page<T>(next);
      rows.push(...page.value);
      next = page["@odata.nextLink"];
    }
    return rows;
  }

  policies = (): Promise<readonly Policy[]> => this.all<Policy>("/v1.0/identity/conditionalAccess/policies");
  locations = (): Promise<readonly Location[]> => this.all<Location>("/v1.0/identity/conditionalAccess/namedLocations");
  groups = (): Promise<readonly Group[]> => this.all<Group>("/v1.0/groups?$top=999");
  users = (): Promise<readonly Account[]> => this.all<Account>("/v1.0/users?$select=id,userPrincipalName,userType,assignedLicenses&$top=999");
  members = (group: string): Promise<readonly Account[]> => this.all<Account>(`/v1.0/groups/${group}/members?$select=id,userPrincipalName&$top=999`);

  async requests(since = 0): Promise<readonly LoggedRequest[]> {
    return (await this.json<{ requests: readonly LoggedRequest[] }>("GET", `/_practice/requests?since=${since}`)).requests;
  }

  forward = (ms: number): Promise<unknown> => this.json("POST", "/_practice/clock", { forwardMs: ms });
  dials = (dials: object): Promise<unknown> => this.json("PUT", "/_practice/dials", { ...this.#always, ...dials });
  put = (collection: string, object: unknown): Promise<unknown> => this.json("POST", "/_practice/objects", { put: [{ collection, object }] });
  remove = (collection: string, id: string): Promise<unknown> => this.json("POST", "/_practice/objects", { remove: [{ collection, id }] });
}
