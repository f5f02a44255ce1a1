/** One owner at a time: a file with the owner's process id, taken over when that process is gone. */

import type { Runtime } from "../runtime.ts";

export class SandboxBusy extends Error {
  readonly pid: number;

  constructor(pid: number, path: string) {
    super(`the practice tenant is in use by process ${pid} (${path})`);
    this.name = "SandboxBusy";
    this.pid = pid;
  }
}

type Owner = { readonly pid: number; readonly token: string };

/** Tokens that this very process holds: a lock with our process id and another token is left over from an earlier process. */
const heldHere = new Set<string>();

const hasCode = (error: unknown, code: string): boolean => error instanceof Error && "code" in error && error.code === code;

const ownerIn = (text: string): Owner => {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && "pid" in value && "token" in value && typeof value.pid === "number" && typeof value.token === "string") {
      return { pid: value.pid, token: value.token };
    }
  } catch {
    // Cut short by a kill between creating and writing: nobody holds it.
  }
  return { pid: 0, token: text };
};

const readOwner = async (runtime: Runtime, path: string): Promise<Owner | undefined> => {
  try {
    return ownerIn(Buffer.from(await runtime.files.read(path)).toString("utf8"));
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
};

const isHeld = (runtime: Runtime, owner: Owner): boolean => {
  if (owner.pid <= 0) return false;
  return owner.pid === runtime.pid ? heldHere.has(owner.token) : runtime.isProcessAlive(owner.pid);
};

/**
 * @returns what gives the lock back
 * @throws SandboxBusy while its owner lives
 */
export const takeLock = async (runtime: Runtime, path: string): Promise<() => Promise<void>> => {
  const token = runtime.uuid();
  const create = async (): Promise<boolean> => {
    heldHere.add(token);
    try {
      await runtime.files.create(path, JSON.stringify({ pid: runtime.pid, token } satisfies Owner));
      return true;
    } catch (error) {
      heldHere.delete(token);
      if (hasCode(error, "EEXIST")) return false;
      throw error;
    }
  };
  const release = async (): Promise<void> => {
    await runtime.files.remove(path);
    heldHere.delete(token);
  };
  if (await create()) return release;
  const owner = await readOwner(runtime, path);
  if (owner !== undefined && isHeld(runtime, owner)) throw new SandboxBusy(owner.pid, path);
  // Two processes may see the same dead owner: only the one that holds this second lock may take the first one away.
  const releaseGuard = await takeLock(runtime, `${path}.next`);
  try {
    const still = await readOwner(runtime, path);
    if (still !== undefined) {
      if (isHeld(runtime, still)) throw new SandboxBusy(still.pid, path);
      await runtime.files.remove(path);
    }
    if (await create()) return release;
  } finally {
    await releaseGuard();
  }
  const winner = await readOwner(runtime, path);
  throw new SandboxBusy(winner?.pid ?? 0, path);
};
