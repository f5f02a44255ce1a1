/** What `why` prints: what is asked of one account, sign-in by sign-in, by whom, and what to do. */

import type { DiffDocument } from "./document.ts";
import type { Program } from "./sign-in.ts";
import type { ObjectId, PerUserState, PolicyState } from "./tenant.ts";

/** Who asks, blocks, or cannot be told to. `plan`: the policy is one of this tool's, made for that plan. */
export type WhySource =
  | { readonly type: "policy"; readonly id: ObjectId; readonly name: string; readonly plan: string | null }
  | { readonly type: "security-defaults" }
  | { readonly type: "per-user-mfa" }
  /** Microsoft itself, in its admin centres. */
  | { readonly type: "portal" }
  | { readonly type: "account" };

/**
 * `asked`: for more than the password, and the account has what it takes, or nobody can say (`can` is null). `register`: led to
 * registering a method first. `unknown` is never let in.
 */
export type WhyOutcome = "let-in" | "asked" | "register" | "blocked" | "unknown";

export type WhySignIn = {
  readonly title: string;
  readonly application: ObjectId;
  readonly program: Program;
  readonly outcome: WhyOutcome;
  readonly by: readonly WhySource[];
  /** Controls in Graph's words, `strength:<id>` among them; within one, any of them will do where `any` is true. */
  readonly asks: readonly { readonly any: boolean; readonly controls: readonly string[] }[];
  /** The registered, allowed methods that meet all of it; null: nobody can say. */
  readonly can: readonly string[] | null;
  /** A method that they have not registered, or may not use, would let them in. */
  readonly missing: boolean;
  readonly because: string;
};

export type WhyPlace = {
  /** Places at which all of it comes out the same: `outside every named network`, `inside schools`. */
  readonly places: readonly string[];
  readonly signIns: readonly WhySignIn[];
};

export type WhyPolicy = {
  readonly id: ObjectId;
  readonly name: string;
  readonly plan: string | null;
  /** Made by Microsoft. */
  readonly managed: boolean;
  readonly state: PolicyState;
  /** Of the sign-ins above: of one at least, of none, or nobody can say. */
  readonly applies: "yes" | "no" | "unknown";
  readonly because: string;
  readonly wants: readonly string[];
};

export type WhyFailure = {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly application: string;
  readonly program: string;
  readonly address: string | null;
  readonly code: number;
  /** What the code says, in words. */
  readonly words: string;
  readonly todo: string | null;
  /** Policies that the log names as the reason. */
  readonly policies: readonly string[];
  /** How often the same came again within the seven days. */
  readonly times: number;
};

export type WhyTodo = {
  readonly text: string;
  /** The words of a command of this tool, without the tenant. */
  readonly command?: readonly string[];
};

export type WhyDocument = {
  readonly schemaVersion: 1;
  readonly tenant: DiffDocument["tenant"];
  /** ISO 8601 with an offset. */
  readonly asOf: string;
  readonly account: {
    readonly id: ObjectId;
    readonly address: string;
    readonly name: string;
    readonly enabled: boolean;
    readonly guest: boolean;
    readonly synced: boolean;
    /** Null: not known; this holds for all that follow. */
    readonly roles: readonly ObjectId[] | null;
    readonly perUser: PerUserState | null;
    /** Plans that leave the account out for now: itself until a moment (ISO 8601, UTC), or, without one, its whole domain. */
    readonly letIn: readonly { readonly plan: string; readonly until: string | null }[];
    readonly methods: readonly { readonly method: string; readonly allowed: "yes" | "no" | "unknown" }[] | null;
  };
  readonly securityDefaults: boolean | null;
  readonly places: readonly WhyPlace[];
  readonly policies: readonly WhyPolicy[];
  /** `because`: why there are none to be had. */
  readonly failures: { readonly since: string; readonly list: readonly WhyFailure[]; readonly because: string | null };
  readonly todo: readonly WhyTodo[];
  /** What could not be read, each with the reason. */
  readonly unread: readonly string[];
};
