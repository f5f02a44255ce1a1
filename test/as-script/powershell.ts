/**
 * A stand-in for PowerShell where none can be had: it walks the tree of an independent grammar and does what the language's specification
 * says of the few forms that the scripts are written in. Anything else is refused loudly. Variables are looked for outwards through the
 * callers and written where one stands; under strict mode a variable or a property that is not there is an error, as it is there.
 */

import { type Tree, treeIn } from "./tree.ts";
import { Fault, fromJson, isList, isTrue, jsonOf, NotHere, numberOf, operate, Table, Thing, Type, textOf, type Value } from "./values.ts";

/** Named parameters with their values; what stood without a name is under its place. @throws Fault */
export type Cmdlet = (parameters: Table) => readonly Value[];

export type Host = {
  readonly cmdlets: Readonly<Record<string, Cmdlet>>;
  /** By path. */
  readonly files: Map<string, string>;
  readonly folder: string;
  readonly said: string[];
  readonly newLine: string;
};

class Exit extends Error {
  readonly code: number;

  constructor(code: number) {
    super("exit");
    this.code = code;
  }
}
class Return extends Error {}
class Continue extends Error {}

type Scope = { readonly variables: Map<string, Value>; readonly outer: Scope | undefined };
type Declared = { readonly name: string; readonly type: string | undefined };
type Declaration = { readonly parameters: readonly Declared[]; readonly body: Tree };

const SINGLE = /^['\u2018-\u201b]$/;

/** As PowerShell's own scanner goes: of two quotes in a row the second stands. */
const unquoted = (text: string): string => {
  let found = "";
  for (let at = 1; at < text.length - 1; at += 1) {
    if (SINGLE.test(text[at] ?? "")) at += 1;
    found += text[at];
  }
  return found;
};

const nameIn = (variable: string): string => variable.replace(/^[$@]/, "").toLowerCase();
const isToken = (tree: Tree, text: string): boolean => tree.children.length === 0 && tree.text.toLowerCase() === text;
const partsOf = (tree: Tree): readonly Tree[] => tree.children.filter(({ type }) => !["(", ")", "{", "}", "[", "]", ";", ",", ".", "::"].includes(type));

const childOf = (tree: Tree, type: string): Tree | undefined => tree.children.find((child) => child.type === type);

const found = <T>(value: T | undefined, what: string): T => {
  if (value === undefined) throw new NotHere(what);
  return value;
};

const declaredIn = (list: Tree | undefined): readonly Declared[] =>
  (list?.children ?? [])
    .filter(({ type }) => type === "script_parameter")
    .map((each) => ({ name: nameIn(found(childOf(each, "variable"), "a parameter").text), type: typeIn(each) }));

const typeIn = (tree: Tree): string | undefined =>
  tree.type === "type_spec" ? tree.text.toLowerCase() : tree.children.map(typeIn).find((each) => each !== undefined);

const cast = (type: string | undefined, value: Value): Value => {
  if (type === undefined) return value;
  if (type === "string") return textOf(value);
  if (type === "ordered" && value instanceof Table) {
    const ordered = new Table(true);
    for (const key of value.keys) ordered.set(key, value.get(key));
    return ordered;
  }
  throw new NotHere(`a cast to ${type}`);
};

/** Switches, which take no value. */
const SWITCHES = ["compress", "completed"];

class Machine {
  readonly #host: Host;
  readonly #functions = new Map<string, Declaration>();
  #scope: Scope = { variables: new Map(), outer: undefined };

  constructor(host: Host, given: Readonly<Record<string, Value>>) {
    this.#host = host;
    for (const [name, value] of Object.entries({
      true: true,
      false: false,
      null: null,
      psscriptroot: host.folder,
      erroractionpreference: "Continue",
      ...given,
    }))
      this.#scope.variables.set(name, value);
  }

  // ---- statements: what they put out

  run(tree: Tree): readonly Value[] {
    const out: Value[] = [];
    this.#statements(tree, out);
    return out;
  }

  #statements(list: Tree | undefined, out: Value[]): void {
    for (const each of list?.children ?? []) this.#statement(each, out);
  }

  #statement(tree: Tree, out: Value[]): void {
    switch (tree.type) {
      case "statement_list":
      case "script_block_body":
      case "script_block":
      case "statement_block":
        this.#statements(tree, out);
        return;
      case "param_block":
      case "empty_statement":
      case ";":
      case "{":
      case "}":
        return;
      case "function_statement": {
        const name = found(childOf(tree, "function_name"), "a function").text.toLowerCase();
        const list = tree.children.find(({ type }) => type === "function_parameter_declaration");
        this.#functions.set(name, {
          parameters: declaredIn(list === undefined ? undefined : childOf(list, "parameter_list")),
          body: found(childOf(tree, "script_block"), "a body"),
        });
        return;
      }
      case "if_statement":
        this.#if(tree, out);
        return;
      case "foreach_statement":
        this.#forEach(tree, out);
        return;
      case "try_statement":
        this.#try(tree, out);
        return;
      case "flow_control_statement":
        this.#flow(tree, out);
        return;
      default:
        out.push(...this.#stream(tree));
    }
  }

  #if(tree: Tree, out: Value[]): void {
    const [condition, block] = partsOf(tree).slice(1);
    if (isTrue(this.#value(found(condition, "a condition")))) {
      this.#statement(found(block, "a block"), out);
      return;
    }
    for (const each of childOf(tree, "elseif_clauses")?.children ?? []) {
      const [its, own] = partsOf(each).slice(1);
      if (isTrue(this.#value(found(its, "a condition")))) {
        this.#statement(found(own, "a block"), out);
        return;
      }
    }
    const last = childOf(tree, "else_clause");
    if (last !== undefined) this.#statements(childOf(last, "statement_block"), out);
  }

  #forEach(tree: Tree, out: Value[]): void {
    const [, variable, , over, block] = partsOf(tree);
    const listed = this.#value(found(over, "a list"));
    for (const each of listed === null ? [] : isList(listed) ? listed : [listed]) {
      this.#set(found(variable, "a variable").text, each);
      try {
        this.#statement(found(block, "a block"), out);
      } catch (error) {
        if (!(error instanceof Continue)) throw error;
      }
    }
  }

  #try(tree: Tree, out: Value[]): void {
    try {
      this.#statements(childOf(tree, "statement_block"), out);
    } catch (error) {
      const clause = childOf(tree, "catch_clauses")?.children[0];
      if (!(error instanceof Fault) || clause === undefined) throw error;
      this.#scope.variables.set("_", error);
      this.#statements(childOf(clause, "statement_block"), out);
    } finally {
      const last = childOf(tree, "finally_clause");
      if (last !== undefined) this.#statements(childOf(last, "statement_block"), out);
    }
  }

  #flow(tree: Tree, out: Value[]): void {
    const [word, what] = tree.children;
    const kind = found(word, "a word").text.toLowerCase();
    if (kind === "continue") throw new Continue();
    if (kind === "return") {
      if (what !== undefined) out.push(...this.#stream(what));
      throw new Return();
    }
    if (kind === "exit") throw new Exit(numberOf(what === undefined ? 0 : this.#value(what)));
    if (kind === "throw") throw new Fault(textOf(what === undefined ? "ScriptHalted" : this.#value(what)));
    throw new NotHere(kind);
  }

  // ---- pipelines

  /** What comes down the pipe. */
  #stream(tree: Tree, input: readonly Value[] = []): readonly Value[] {
    if (tree.type === "command") return this.#command(tree, input);
    if (tree.type === "assignment_expression") {
      this.#assign(tree);
      return [];
    }
    if (tree.type === "pipeline" || tree.type === "pipeline_chain")
      return tree.children.filter(({ type }) => type !== "|").reduce<readonly Value[]>((flowing, each) => this.#stream(each, flowing), input);
    const value = this.#value(tree);
    return isList(value) ? value : [value];
  }

  #collected(stream: readonly Value[]): Value {
    return stream.length === 0 ? null : stream.length === 1 ? (stream[0] ?? null) : stream;
  }

  #assign(tree: Tree): void {
    const [target, operator, from] = tree.children;
    const to = found(target, "a target");
    const sign = operator?.children[0]?.text ?? operator?.text ?? "";
    const value = this.#value(found(from, "a value"));
    const next = sign === "=" ? value : operate(sign.slice(0, -1), this.#value(to), value);
    if (to.type === "variable") {
      this.#set(to.text, next);
      return;
    }
    if (to.type !== "element_access") throw new NotHere(`an assignment to ${to.type}`);
    const [table, key] = partsOf(to);
    const own = this.#value(found(table, "a table"));
    if (!(own instanceof Table)) throw new NotHere("an assignment into no table");
    own.set(textOf(this.#value(found(key, "a key"))), next);
  }

  #set(variable: string, value: Value): void {
    const name = nameIn(variable);
    if (name !== "null") this.#scope.variables.set(name, value);
  }

  #get(variable: string): Value {
    const name = nameIn(variable);
    for (let scope: Scope | undefined = this.#scope; scope !== undefined; scope = scope.outer) {
      const value = scope.variables.get(name);
      if (value !== undefined) return value;
    }
    throw new Fault(`The variable '$${name}' cannot be retrieved because it has not been set.`);
  }

  // ---- expressions

  #value(tree: Tree): Value {
    const { type, text, children } = tree;
    switch (type) {
      case "variable":
        return this.#get(text);
      case "string_literal":
        return this.#value(found(children[0], "a text"));
      case "verbatim_string_characters":
        return unquoted(text);
      case "integer_literal":
        return this.#value(found(children[0], "a number"));
      case "decimal_integer_literal":
      case "real_literal":
        return Number(text);
      case "generic_token":
        return text;
      case "parenthesized_expression":
        return this.#collected(this.#stream(found(partsOf(tree)[0], "what stands in brackets")));
      case "sub_expression":
      case "array_expression": {
        const out: Value[] = [];
        this.#statements(childOf(tree, "statement_list"), out);
        return out;
      }
      case "array_literal_expression":
        return partsOf(tree).map((each) => this.#value(each));
      case "hash_literal_expression":
        return this.#table(tree);
      case "cast_expression":
        return cast(typeIn(found(children[0], "a type")), this.#value(found(children[1], "a value")));
      case "type_literal":
        return new Type(typeIn(tree) ?? "");
      case "member_access":
        return this.#member(tree);
      case "element_access": {
        const [table, key] = partsOf(tree);
        return this.#element(this.#value(found(table, "a table")), this.#value(found(key, "a key")));
      }
      case "invokation_expression":
        return this.#method(tree);
      case "command":
      case "pipeline":
      case "pipeline_chain":
        return this.#collected(this.#stream(tree));
      case "assignment_expression":
        throw new NotHere("an assignment as a value");
      default:
        return this.#operation(tree);
    }
  }

  #operation(tree: Tree): Value {
    const [left, operator, right] = tree.children;
    if (left !== undefined && operator !== undefined && right === undefined) {
      if (isToken(left, "-not")) return !isTrue(this.#value(operator));
      throw new NotHere(`${left.text} of one value, line ${tree.line}`);
    }
    if (left === undefined || operator === undefined || right === undefined) throw new NotHere(`${tree.type}, line ${tree.line}`);
    const sign = (operator.text === "" ? (operator.children[0]?.text ?? "") : operator.text).toLowerCase();
    if (sign === "-and") return isTrue(this.#value(left)) && isTrue(this.#value(right));
    if (sign === "-or") return isTrue(this.#value(left)) || isTrue(this.#value(right));
    return operate(sign, this.#value(left), this.#value(right));
  }

  #table(tree: Tree): Table {
    const table = new Table();
    for (const entry of childOf(tree, "hash_literal_body")?.children ?? []) {
      if (entry.type !== "hash_entry") continue;
      const [key, value] = entry.children.filter(({ type }) => type !== "=" && type !== ";");
      const name = found(key, "a key");
      table.set(name.type === "simple_name" ? name.text : textOf(this.#value(name)), this.#value(found(value, "a value")));
    }
    return table;
  }

  #element(own: Value, key: Value): Value {
    if (own instanceof Table) return own.get(textOf(key));
    if (isList(own)) return own[numberOf(key)] ?? null;
    throw new Fault("Cannot index into a null array.");
  }

  #nameOf(member: Tree | undefined): string {
    const name = found(member?.children[0] ?? member, "a member");
    return name.type === "simple_name" ? name.text : textOf(this.#value(name));
  }

  #member(tree: Tree): Value {
    const [of, member] = partsOf(tree);
    const own = this.#value(found(of, "what a member is of"));
    const name = this.#nameOf(member);
    const word = name.toLowerCase();
    if (own instanceof Type) {
      if (own.name === "datetime" && word === "utcnow") return "2018-11-09T09:00:00.0000000Z";
      if (own.name === "environment" && word === "newline") return this.#host.newLine;
      throw new NotHere(`[${own.name}]::${name}`);
    }
    if (own instanceof Table) {
      if (own.has(name)) return own.get(name);
      if (word === "count") return own.size;
      if (word === "keys") return own.keys;
      if (word === "values") return own.values;
    }
    if (isList(own) && word === "count") return own.length;
    if (own instanceof Thing) {
      if (own.properties.has(name)) return own.properties.get(name);
      if (word === "psobject") return new Thing({ Properties: own.properties.keys.map((Name) => new Thing({ Name, Value: own.properties.get(Name) })) });
    }
    throw new Fault(`The property '${name}' cannot be found on this object. Verify that the property exists.`);
  }

  #method(tree: Tree): Value {
    const [of, member] = partsOf(tree);
    const own = this.#value(found(of, "what a method is of"));
    const name = this.#nameOf(member).toLowerCase();
    const list = childOf(found(childOf(tree, "argument_list"), "arguments"), "argument_expression_list");
    const given = list === undefined ? [] : partsOf(list).map((each) => this.#value(each));
    const [first = null, second = null] = given;
    const { files } = this.#host;
    if (own instanceof Type && own.name === "system.io.file") {
      const path = textOf(first);
      if (name === "appendalltext") {
        files.set(path, (files.get(path) ?? "") + textOf(second));
        return [];
      }
      if (name === "readalllines")
        return found(files.get(path), `no file ${path}`)
          .replace(/\r?\n$/, "")
          .split(/\r?\n/);
    }
    if (own instanceof Table) {
      if (name === "contains" || (name === "containskey" && !own.ordered)) return own.has(textOf(first));
      if (name === "remove") {
        own.remove(textOf(first));
        return [];
      }
    }
    if (typeof own === "string" && name === "tostring") return own;
    throw new NotHere(`the method ${name}, line ${tree.line}`);
  }

  // ---- commands

  #parameters(tree: Tree): Table {
    const given = new Table();
    let place = 0;
    let name: string | undefined;
    for (const each of childOf(tree, "command_elements")?.children ?? []) {
      if (each.type === "command_argument_sep") continue;
      if (each.type === "command_parameter") {
        if (name !== undefined) throw new NotHere(`-${name} without a value, line ${tree.line}`);
        name = each.text.slice(1).replace(/:$/, "");
        if (SWITCHES.includes(name.toLowerCase())) {
          given.set(name, true);
          name = undefined;
        }
        continue;
      }
      if (each.type === "variable" && each.text.startsWith("@")) {
        const splat = this.#get(each.text);
        if (!(splat instanceof Table)) throw new NotHere("a splat of no table");
        for (const key of splat.keys) given.set(key, splat.get(key));
        continue;
      }
      if (name === undefined) {
        given.set(String(place), this.#value(each));
        place += 1;
      } else given.set(name, this.#value(each));
      name = undefined;
    }
    if (name !== undefined) throw new NotHere(`-${name} without a value, line ${tree.line}`);
    return given;
  }

  #command(tree: Tree, input: readonly Value[]): readonly Value[] {
    const name = found(childOf(tree, "command_name"), "a command").text;
    const given = this.#parameters(tree);
    const own = this.#functions.get(name.toLowerCase());
    if (own !== undefined) return this.#call(name, own, given);
    const at = (place: number): string => textOf(given.get(String(place)));
    switch (name) {
      case "Set-StrictMode":
      case "Write-Progress":
        return [];
      case "Join-Path":
        return [`${at(0)}/${at(1)}`];
      case "Write-Host":
        this.#host.said.push(at(0));
        return [];
      case "Sort-Object":
        return [...input].sort((a, b) => (textOf(a).toLowerCase() < textOf(b).toLowerCase() ? -1 : 1));
      case "Test-Path":
        return [this.#host.files.has(textOf(given.get("LiteralPath")))];
      case "ConvertTo-Json":
        return [JSON.stringify(jsonOf(given.get("InputObject")))];
      case "ConvertFrom-Json":
        try {
          return [fromJson(JSON.parse(textOf(given.get("InputObject"))))];
        } catch (error) {
          throw error instanceof SyntaxError ? new Fault("Invalid JSON primitive") : error;
        }
      default: {
        const cmdlet = this.#host.cmdlets[name];
        if (cmdlet === undefined) throw new NotHere(`the command ${name}, line ${tree.line}`);
        return cmdlet(given);
      }
    }
  }

  #call(name: string, { parameters, body }: Declaration, given: Table): readonly Value[] {
    if (given.keys.some((key) => Number(key) >= parameters.length || !/^\d+$/.test(key))) throw new NotHere(`arguments of ${name}`);
    const variables = new Map(parameters.map((each, at): readonly [string, Value] => [each.name, cast(each.type, given.get(String(at)))]));
    const outer = this.#scope;
    this.#scope = { variables, outer };
    const out: Value[] = [];
    try {
      this.#statements(body, out);
    } catch (error) {
      if (!(error instanceof Return)) throw error;
    } finally {
      this.#scope = outer;
    }
    return out;
  }
}

/** Runs a script from its first line to its last. @returns its exit code, and what fell out of it unused. @throws NotHere, and what the script does not catch. */
export const runScript = async (
  text: string,
  host: Host,
  given: { readonly apply?: boolean } = {},
): Promise<{ readonly exit: number; readonly out: readonly Value[] }> => {
  const { tree, faults } = await treeIn(text.replace(/^\u{feff}/u, ""));
  if (faults.length > 0) throw new NotHere(`this is no PowerShell: ${faults.join("; ")}`);
  const out: Value[] = [];
  try {
    out.push(...new Machine(host, { apply: given.apply === true }).run(tree));
  } catch (error) {
    if (error instanceof Exit) return { exit: error.code, out };
    throw error;
  }
  throw new NotHere("a script that ends without exit");
};
