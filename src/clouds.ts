/** Microsoft's clouds: where each signs people in, and where its Graph and its Exchange are. A token of one is worthless in another. */

export type CloudName = "public" | "us-gov" | "us-dod" | "china";

export type Cloud = {
  readonly name: CloudName;
  readonly about: string;
  /** Without a path, as all of these. Graph facts, section 1. */
  readonly graph: string;
  /** Exchange facts, section 2. */
  readonly exchange: string;
  readonly login: string;
  /** Hosts that sign in besides: the sign-in library goes to the one that it prefers. */
  readonly alsoLogin: readonly string[];
  /** For whom somebody else's token, of GitHub or a cluster, is made out: learn.microsoft.com, workload identity federation. */
  readonly exchangeAudience: string;
};

export const CLOUDS: readonly Cloud[] = [
  {
    name: "public",
    about: "Microsoft's own, also GCC",
    graph: "https://graph.microsoft.com",
    exchange: "https://outlook.office365.com",
    login: "https://login.microsoftonline.com",
    alsoLogin: [],
    exchangeAudience: "api://AzureADTokenExchange",
  },
  {
    name: "us-gov",
    about: "US government, GCC High",
    graph: "https://graph.microsoft.us",
    exchange: "https://outlook.office365.us",
    login: "https://login.microsoftonline.us",
    alsoLogin: [],
    exchangeAudience: "api://AzureADTokenExchangeUSGov",
  },
  {
    name: "us-dod",
    about: "US government, DoD",
    graph: "https://dod-graph.microsoft.us",
    exchange: "https://outlook-dod.office365.us",
    login: "https://login.microsoftonline.us",
    alsoLogin: [],
    exchangeAudience: "api://AzureADTokenExchangeUSGov",
  },
  {
    name: "china",
    about: "China, operated by 21Vianet",
    graph: "https://microsoftgraph.chinacloudapi.cn",
    exchange: "https://outlook.office365.cn",
    login: "https://login.chinacloudapi.cn",
    alsoLogin: ["https://login.partner.microsoftonline.cn"],
    exchangeAudience: "api://AzureADTokenExchangeChina",
  },
];

export const cloudNamed = (name: string): Cloud | undefined => CLOUDS.find((cloud) => cloud.name === name);

/** The clouds that sign in at an address. */
export const cloudsAt = (login: string): readonly Cloud[] => {
  const origin = URL.canParse(login) ? new URL(login).origin : "";
  return CLOUDS.filter((cloud) => cloud.login === origin || cloud.alsoLogin.includes(origin));
};
