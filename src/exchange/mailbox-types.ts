/** What mailboxes are for. Exchange facts, section 8: the rows of protocols do not say it. */

import { MailboxTypes } from "../core/mailbox-types.ts";
import { unreadableAnswer } from "../graph/pager.ts";
import { idIn, objectIn, textIn, Unreadable } from "../graph/wire.ts";
import type { Cmdlet, ExchangeClient } from "./client.ts";

const READ: Cmdlet = { name: "Get-Mailbox", parameters: { ResultSize: "Unlimited" }, select: ["Guid", "RecipientTypeDetails"] };

/** As administrators say it; what the service has no everyday word for stays its own. */
const WORDS: Readonly<Record<string, string>> = {
  UserMailbox: "user",
  SharedMailbox: "shared",
  RoomMailbox: "room",
  EquipmentMailbox: "equipment",
  LinkedMailbox: "linked",
  LinkedRoomMailbox: "room",
  SchedulingMailbox: "scheduling",
  TeamMailbox: "team",
};

/** @throws ServiceError; one row that cannot be read spoils the list. */
export const readMailboxTypes = (client: ExchangeClient, progress: (done: number) => void): Promise<MailboxTypes> =>
  client.fold(
    READ,
    () => {
      const types = new MailboxTypes();
      return {
        take: (value) => {
          try {
            const wire = objectIn(value, "a mailbox");
            const type = textIn(wire["RecipientTypeDetails"], "what a mailbox is for");
            types.add(idIn(wire["Guid"], "a mailbox's id"), WORDS[type] ?? type);
          } catch (error) {
            if (!(error instanceof Unreadable)) throw error;
            throw unreadableAnswer({ method: "POST", path: `/adminapi/beta/${READ.name}` }, error.message);
          }
        },
        done: () => types,
      };
    },
    progress,
  );
