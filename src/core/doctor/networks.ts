/** The plan's networks against those that the tenant knows, and against addresses from which nobody ever comes. */

import { listed } from "../guards/guard.ts";
import { nameWithoutMark } from "../mark.ts";
import { documentationIn, outsideOf } from "../plan/networks.ts";
import { type Network, networksOf, type Plan } from "../plan/plan.ts";
import type { ResourceOf } from "../tenant.ts";
import type { DoctorLine } from "./document.ts";
import type { Facts } from "./facts.ts";
import { notRead, teller } from "./lines.ts";

type Location = ResourceOf<"named-location">;
type IpNetwork = Extract<Network, { readonly sort: "ip" }>;

const isIp = (network: Network): network is IpNetwork => network.sort === "ip";
const nameOf = ({ settings }: Location): string => nameWithoutMark(settings.name);

const invented = ({ observed: { tenant } }: Facts, { name, ranges, place }: IpNetwork): readonly DoctorLine[] => {
  const found = tenant.practice ? [] : documentationIn(ranges);
  if (found.length === 0) return [];
  return [
    teller("networks", "networks").problem(
      `the network ${name} has addresses of examples, from which nobody ever signs in: ${listed(found)}`,
      `look up, from inside, the address that the internet sees, and write it in ${place.file}, line ${place.line}`,
      { names: found },
    ),
  ];
};

const differences = (network: IpNetwork, location: Location): string => {
  const missing = outsideOf(network.ranges, location.settings.ranges);
  const more = outsideOf(location.settings.ranges, network.ranges);
  return [
    ...(missing.length === 0 ? [] : [`the plan alone has ${listed(missing)}`]),
    ...(more.length === 0 ? [] : [`the tenant alone has ${listed(more)}`]),
  ].join("; ");
};

/** A network and a location of somebody else's that go by one name are meant to be the same place. */
const named = (facts: Facts, plan: Plan, network: IpNetwork, locations: readonly Location[]): readonly DoctorLine[] => {
  const tell = teller("networks", "networks");
  return locations.flatMap((location) => {
    if (location.settings.sort !== "ip") return [];
    const isOwn = location.mark?.plan === plan.id && location.mark.key === network.slug && !location.managed;
    if (!isOwn && (location.mark !== undefined || nameOf(location).toLowerCase() !== network.name.toLowerCase())) return [];
    const differs = differences(network, location);
    if (differs === "") return [];
    if (isOwn)
      return [
        tell.warning(`the named location that the plan made of the network ${network.name} has other addresses by now: ${differs}`, undefined, {
          command: ["diff", facts.plan?.file ?? ""],
        }),
      ];
    return [
      tell.warning(
        `the tenant knows a named location "${nameOf(location)}" with other addresses than the plan's network of that name: ${differs}`,
        `find out which is right: compare them with the address that the internet sees from inside, and mend ${network.place.file}, line ${network.place.line}, or the location (Entra admin centre: Protection, Conditional Access, Named locations)`,
      ),
    ];
  });
};

/** What somebody trusts and the plan does not spare: people there would be asked. */
const forgotten = (plan: Plan, locations: readonly Location[], networks: readonly IpNetwork[]): readonly DoctorLine[] => {
  const spared = new Set(plan.phases.flatMap(networksOf));
  const ranges = networks.flatMap((network) => (spared.has(network.name) ? network.ranges : []));
  if (ranges.length === 0) return [];
  const others = locations.filter(
    (location) =>
      location.settings.sort === "ip" &&
      location.settings.trusted &&
      location.mark === undefined &&
      outsideOf(location.settings.ranges, ranges).length > 0 &&
      !networks.some(({ name }) => name.toLowerCase() === nameOf(location).toLowerCase()),
  );
  if (others.length === 0) return [];
  return [
    teller("networks", "networks").warning(
      `the tenant trusts ${listed(others.map((location) => `"${nameOf(location)}" (${listed(outsideOf(location.settings.ranges, ranges), 3)})`))}, which the plan spares nowhere: whoever works there is asked`,
      `if that is a site of yours, add it under networks in ${plan.file}`,
      { names: others.map(nameOf) },
    ),
  ];
};

const ofPlan = (facts: Facts, plan: Plan): readonly DoctorLine[] => {
  if (plan.networks.length === 0) return [];
  const networks = plan.networks.filter(isIp);
  const list = facts.observed.resources["named-location"];
  const tell = teller("networks", "networks");
  if (list.type !== "present") return [...networks.flatMap((network) => invented(facts, network)), notRead(tell, "the tenant's named locations", list)];
  const found = [
    ...networks.flatMap((network) => [...invented(facts, network), ...named(facts, plan, network, list.value)]),
    ...forgotten(plan, list.value, networks),
  ];
  if (found.length > 0) return found;
  const names = listed(plan.networks.map(({ name }) => name));
  return [tell.ok(`nothing in the tenant contradicts the plan's networks: ${names}; whether people are seen in them is told by diff and report networks`)];
};

const ofTenant = ({ observed: { resources } }: Facts): readonly DoctorLine[] => {
  const tell = teller("networks", "networks");
  const list = resources["named-location"];
  if (list.type !== "present") return [notRead(tell, "the tenant's named locations", list)];
  const trusted = list.value.filter(({ settings }) => settings.trusted).map((location) => `"${nameOf(location)}"`);
  if (list.value.length === 0) return [tell.ok("the tenant has no named locations")];
  return [
    tell.ok(
      `named locations of the tenant: ${listed(list.value.map((location) => `"${nameOf(location)}"`).sort())}; ${trusted.length === 0 ? "none is trusted" : `trusted: ${listed(trusted.sort())}`}`,
    ),
  ];
};

export const networkLines = (facts: Facts): readonly DoctorLine[] => (facts.plan === undefined ? ofTenant(facts) : ofPlan(facts, facts.plan));
