/** Which methods of signing in people may use: one policy of the tenant, of which a plan names single methods. */

import { byText, sortedOnce } from "../canonical.ts";
import type { AuthenticationMethodsSettings, MethodSettings } from "../tenant.ts";
import { type KindRules, settledOther } from "./rules.ts";

const method = ({ state, include, exclude, other }: MethodSettings): MethodSettings => ({
  state,
  include: { all: include.all, groups: sortedOnce(include.groups) },
  exclude: sortedOnce(exclude),
  other: settledOther(other),
});

const inOrder = (methods: AuthenticationMethodsSettings["methods"]): readonly (readonly [string, MethodSettings])[] =>
  Object.entries(methods).sort(([a], [b]) => byText(a, b));

const mapMethods = (settings: AuthenticationMethodsSettings, change: (method: MethodSettings) => MethodSettings): AuthenticationMethodsSettings => ({
  ...settings,
  methods: Object.fromEntries(inOrder(settings.methods).map(([name, each]) => [name, change(each)])),
});

/** The field in which it is told whether people may use a method. */
export const methodPath = (name: string): string => `methods.${name}`;

/**
 * A plan says of a method whether it is on or off. For whom it is on, and whatever else the service says of it, is not ours: it
 * stays as it is, is never compared, and is here for those who have to know what people can do with it.
 */
export const authenticationMethods: KindRules<"authentication-methods"> = {
  is: (settings) => "methods" in settings,
  name: () => "Authentication methods",
  over: (observed, wanted) => ({
    ...(observed ?? wanted),
    methods: {
      ...observed?.methods,
      ...Object.fromEntries(inOrder(wanted.methods).map(([name, each]) => [name, { ...(observed?.methods[name] ?? each), state: each.state }])),
    },
  }),
  part: (observed, wanted) => ({
    ...observed,
    methods: Object.fromEntries(inOrder(observed.methods).filter(([name]) => Object.hasOwn(wanted.methods, name))),
  }),
  normalise: (settings) => ({ ...mapMethods(settings, method), other: settledOther(settings.other) }),
  fields: ({ methods }) => inOrder(methods).map(([name, { state }]) => ({ path: methodPath(name), value: state })),
  // Where one side does not speak of a method, there is nothing to compare.
  lenient: (observed, wanted) => {
    const named = Object.keys(wanted.methods);
    return Object.keys(observed.methods)
      .filter((name) => !named.includes(name))
      .map(methodPath);
  },
  ids: ({ methods }) => inOrder(methods).flatMap(([, { include, exclude }]) => [...include.groups, ...exclude]),
  mapIds: (settings, change) =>
    mapMethods(settings, (each) => ({
      ...each,
      include: { ...each.include, groups: sortedOnce(each.include.groups.map(change)) },
      exclude: sortedOnce(each.exclude.map(change)),
    })),
};
