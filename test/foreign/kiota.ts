/**
 * The official SDK as its readme sets it up: its own authentication, its own chain of handlers, its own models. What has no
 * fluent package on the registry is asked for by a request information of the core over the same models.
 */

import { HttpMethod, type ModelSerializerFunction, type Parsable, type ParsableFactory, RequestInformation } from "@microsoft/kiota-abstractions";
import { createGraphServiceClient, GraphRequestAdapter, type GraphServiceClient } from "@microsoft/msgraph-sdk";
import { createODataErrorFromDiscriminatorValue, type ODataError } from "@microsoft/msgraph-sdk/models/oDataErrors/index.js";
import { GraphAzureIdentityAuthenticationProvider } from "@microsoft/msgraph-sdk-core";
import "@microsoft/msgraph-sdk-directory";
import "@microsoft/msgraph-sdk-users";

export const ERRORS = { _4XX: createODataErrorFromDiscriminatorValue, _5XX: createODataErrorFromDiscriminatorValue };

type Asking<T extends Parsable> = { readonly body: T; readonly as: ModelSerializerFunction<T> };

export type Kiota = {
  readonly graph: GraphServiceClient;
  readonly adapter: GraphRequestAdapter;
  readonly get: <T extends Parsable>(path: string, as: ParsableFactory<T>, headers?: Readonly<Record<string, string>>) => Promise<T>;
  readonly post: <T extends Parsable>(path: string, sent: Asking<T>, as: ParsableFactory<T>) => Promise<T>;
  /** For what answers 204. */
  readonly send: <T extends Parsable>(method: HttpMethod, path: string, sent?: Asking<T>) => Promise<void>;
  /** The request alone, to put into a batch. */
  readonly request: <T extends Parsable>(method: HttpMethod, path: string, sent?: Asking<T>) => RequestInformation;
};

/** @param root origin and version */
export const kiotaFor = (root: string, token: string): Kiota => {
  const { host } = new URL(root);
  const credential = { getToken: async () => ({ token, expiresOnTimestamp: Number.MAX_SAFE_INTEGER }) };
  const adapter = new GraphRequestAdapter(new GraphAzureIdentityAuthenticationProvider(credential, [`http://${host}/.default`], undefined, new Set([host])));
  adapter.baseUrl = root;
  const request: Kiota["request"] = (method, path, sent) => {
    const information = new RequestInformation(method, `{+baseurl}${path}`, { baseurl: root });
    information.headers.tryAdd("Accept", "application/json");
    if (sent !== undefined) information.setContentFromParsable(adapter, "application/json", sent.body, sent.as);
    return information;
  };
  const answered = async <T extends Parsable>(information: RequestInformation, as: ParsableFactory<T>): Promise<T> => {
    const answer = await adapter.send(information, as, ERRORS);
    if (answer === undefined) throw new Error(`${information.httpMethod} ${information.URL}: nothing was answered`);
    return answer;
  };
  return {
    graph: createGraphServiceClient(adapter),
    adapter,
    request,
    get: (path, as, headers = {}) => {
      const information = request(HttpMethod.GET, path);
      for (const [name, value] of Object.entries(headers)) {
        information.headers.delete(name);
        information.headers.add(name, value);
      }
      return answered(information, as);
    },
    post: (path, sent, as) => answered(request(HttpMethod.POST, path, sent), as),
    send: (method, path, sent) => adapter.sendNoResponseContent(request(method, path, sent), ERRORS),
  };
};

/** What a call was refused with, as the SDK reads it. */
export const refusalOf = async (call: Promise<unknown>): Promise<ODataError> => {
  try {
    await call;
  } catch (error) {
    if (error instanceof Error) throw error;
    return Object(error);
  }
  throw new Error("it was not refused");
};
