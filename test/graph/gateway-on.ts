import { exchangeOf } from "../../src/connect.ts";
import { type Connection, createGateway } from "../../src/gateway.ts";

const TENANT = "11111111-2222-4333-8444-555555555555";

/** Both services at one address, as the practice tenant has them. */
export const gatewayOn = (connection: Connection): ReturnType<typeof createGateway> => createGateway(connection, exchangeOf(connection, TENANT));
