/** A plan file to a plan, or to every problem with its place. */

import { readCohorts, readEmergencyAccounts } from "./cohort-words.ts";
import { remarkLeaving } from "./leaving.ts";
import { checkPlanMechanism } from "./mechanism.ts";
import { zoneFault } from "./moments.ts";
import { lineFault, nameFault } from "./names.ts";
import { readNetworks } from "./network-words.ts";
import { isAddress } from "./patterns.ts";
import { readPhases } from "./phase-words.ts";
import { cohortsOf, MECHANISMS, type NamedFile, networksOf, type ParsedPlan, type Phase, type Plan } from "./plan.ts";
import { fault, Problems, quoted } from "./problems.ts";
import { ReviewLists } from "./review-lists.ts";
import { readMethods, readMicrosoftManaged, readNotOn, readServiceAccounts, readSharedAccounts } from "./rule-words.ts";
import { checkShape } from "./shape.ts";
import { check, childOf, entriesOf, itemsOf, type Sheet, textOf, wordsOf } from "./sheet.ts";
import { isTable } from "./table.ts";
import { treeOfTable } from "./table-tree.ts";
import { type Item, plainOf, type Tree, treeOf } from "./tree.ts";

const DEFAULT_WINDOW = "2h";
const LONGEST_WINDOW_MS = 31 * 86_400_000;
const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A plan's text, composed once: composing is the dearest part of reading a plan. */
export type PlanText = {
  /** The files that the plan's cohorts and phases name, relative to the plan's folder, sorted and each once; none of a text that is no plan. */
  readonly files: readonly string[];
  /** Those of them that are review lists, which may be longer. */
  readonly reviews: readonly string[];
  /** The plan as plain values, whatever form it was written in; undefined for a text that is no plan. */
  readonly values: unknown;
  /** @see parsePlan */
  readonly parse: (files: ReadonlyMap<string, NamedFile>) => ParsedPlan;
};

/** Files, each once and sorted, that stand under some keys: one text, or a list of them. */
const namesIn = (items: readonly (Item | undefined)[]): readonly string[] => {
  const names = items.flatMap((item): readonly Item[] => (item?.type === "list" ? item.items : item === undefined ? [] : [item]));
  return [...new Set(names.flatMap((name) => (name.type === "value" && typeof name.value === "string" && name.value !== "" ? [name.value] : [])))].sort();
};

const cohortFiles = (root: Item): readonly (Item | undefined)[] => entriesOf(childOf(root, "cohorts")).map(([, { item }]) => childOf(item, "file"));

const reviewFiles = (root: Item): readonly (Item | undefined)[] =>
  itemsOf(childOf(root, "phases")).flatMap((phase) => [childOf(childOf(phase, "blockSignIn"), "list"), childOf(childOf(phase, "deleteAccounts"), "list")]);

/** Never throws: what is wrong is said by `parse`. */
export const openPlan = (file: string, text: string): PlanText => {
  const [problems, remarks] = [new Problems(), new Problems()];
  const tree = isTable(file) ? treeOfTable(file, text, problems, remarks) : treeOf(file, text, problems);
  const [cohorts, reviews] = tree.type === "tree" ? [cohortFiles(tree.root), reviewFiles(tree.root)] : [[], []];
  return {
    files: namesIn([...cohorts, ...reviews]),
    reviews: namesIn(reviews),
    get values() {
      return tree.type === "tree" ? plainOf(tree.root) : undefined;
    },
    parse: (files) => parseTree(file, tree, problems, remarks, files),
  };
};

/** @see PlanText.files */
export const filesNamedBy = (text: string): readonly string[] => openPlan("", text).files;

const readWindow = (sheet: Sheet, item: Item | undefined): number => {
  const words = wordsOf(sheet, item);
  const text = words?.text ?? DEFAULT_WINDOW;
  const ms = Number.parseInt(text, 10) * (UNITS[text.slice(-1)] ?? 0);
  if (words !== undefined && (ms === 0 || ms > LONGEST_WINDOW_MS)) sheet.problems.add(words.item.at, fault(`${quoted(text)} is not from a minute to 31 days`));
  return ms;
};

const readContact = (sheet: Sheet, item: Item | undefined): Plan["contact"] => {
  const [name, email] = [wordsOf(sheet, childOf(item, "name")), wordsOf(sheet, childOf(item, "email"))];
  if (name !== undefined) check(sheet, name.item.at, lineFault(name.text));
  if (email !== undefined && !isAddress(email.text.toLowerCase())) sheet.problems.add(email.item.at, fault(`${quoted(email.text)} is not an address`));
  return name === undefined || email === undefined ? undefined : { name: name.text, email: email.text };
};

const readZone = (sheet: Sheet, item: Item | undefined): string | undefined => {
  const words = wordsOf(sheet, item);
  return words !== undefined && check(sheet, words.item.at, zoneFault(words.text)) ? words.text : undefined;
};

/** What stands in the plan and no phase names: nothing wrong, and often a slip. */
const remarkUnused = (sheet: Sheet, plan: Plan): void => {
  const summed = plan.cohorts.flatMap(({ source }) => (source.type === "sum" ? [...source.of, ...source.without] : []));
  const cohorts = new Set([...plan.phases.flatMap(cohortsOf), ...summed]);
  for (const cohort of plan.cohorts)
    if (!cohorts.has(cohort.name)) sheet.remarks.add(cohort.place, fault(`cohort ${quoted(cohort.name)} is named by no phase`));
  const networks = new Set(plan.phases.flatMap(networksOf));
  for (const network of plan.networks)
    if (!networks.has(network.name)) sheet.remarks.add(network.place, fault(`network ${quoted(network.name)} is named by no phase`));
};

const byMoment = (a: Phase, b: Phase): number => a.starts.instant - b.starts.instant;

const parseTree = (file: string, tree: Tree, problems: Problems, remarks: Problems, files: ReadonlyMap<string, NamedFile>): ParsedPlan => {
  if (tree.type !== "tree") return { type: "unsound", problems: problems.sorted() };
  const { root } = tree;
  const shape = checkShape(root, problems, tree.meant);
  const sheet: Sheet = { file, shape, problems, remarks };

  const id = textOf(sheet, childOf(root, "id"));
  const name = wordsOf(sheet, childOf(root, "name"));
  if (name !== undefined) check(sheet, name.item.at, nameFault(name.text));
  const timeZone = readZone(sheet, childOf(root, "timeZone"));
  const windowMs = readWindow(sheet, childOf(root, "window"));
  const contact = readContact(sheet, childOf(root, "contact"));
  const emergencyAccounts = readEmergencyAccounts(sheet, childOf(root, "emergencyAccounts"));
  const cohorts = readCohorts(sheet, childOf(root, "cohorts"), files, emergencyAccounts);
  const networks = readNetworks(sheet, childOf(root, "networks"));
  const serviceAccounts = readServiceAccounts(sheet, childOf(root, "serviceAccounts"));
  const sharedAccounts = readSharedAccounts(sheet, childOf(root, "sharedAccounts"));
  const notOn = readNotOn(sheet, childOf(root, "notOn"));
  const methods = readMethods(sheet, childOf(root, "methods"));
  const microsoftManaged = readMicrosoftManaged(sheet, childOf(root, "microsoftManaged"));
  const mechanism = MECHANISMS.find((word) => word === textOf(sheet, childOf(root, "mechanism")));
  checkPlanMechanism(sheet, mechanism, root);
  const phases = readPhases(
    sheet,
    {
      planId: id ?? "",
      cohortNames: mechanism === "security-defaults" ? undefined : entriesOf(childOf(root, "cohorts")).map(([cohort]) => cohort),
      networkNames: entriesOf(childOf(root, "networks")).map(([network]) => network),
      cohorts,
      zone: timeZone,
      reviews: new ReviewLists(id ?? "", emergencyAccounts, files),
      mechanism,
      notOn,
    },
    childOf(root, "phases"),
  );

  if (problems.size > 0) return { type: "unsound", problems: problems.sorted() };
  if (id === undefined || name === undefined || timeZone === undefined || mechanism === undefined)
    throw new Error("the schema let a plan pass that has no id, name, time zone or mechanism");
  const plan: Plan = {
    id,
    name: name.text,
    file,
    timeZone,
    mechanism,
    windowMs,
    ...(contact !== undefined && { contact }),
    emergencyAccounts,
    serviceAccounts,
    ...(sharedAccounts.length > 0 && { sharedAccounts }),
    notOn,
    methods,
    ...(microsoftManaged !== undefined && { microsoftManaged }),
    cohorts: [...cohorts.values()],
    networks: [...networks.values()],
    phases: [...phases].sort(byMoment),
  };
  remarkUnused(sheet, plan);
  remarkLeaving(sheet, plan);
  return { type: "sound", plan, remarks: sheet.remarks.sorted() };
};

/**
 * Reads a plan: its shape by the schema, its meaning by a second pass over the nodes.
 *
 * @param file the plan's file as the user named it; stands in every place
 * @param text at most `MAX_PLAN_BYTES`; more is refused
 * @param files what `filesNamedBy` named, under the same names
 * @returns the plan and what is worth knowing about it, or every problem, sorted by place. Never throws.
 */
export const parsePlan = (file: string, text: string, files: ReadonlyMap<string, NamedFile>): ParsedPlan => openPlan(file, text).parse(files);
