import { OPERATOR, OPERATORS_GROUP } from "./chat-page/people.ts";
import type { SandboxTelegram } from "./telegram.ts";

/** Where the chat page shows the group to its operator. */
export const OPERATORS_PAGE = `/chat?user=${OPERATOR.userId}&chat=${OPERATORS_GROUP.chatId}`;

/**
 * Makes an operators' group with an operator in it, so that hand-overs and alerts can be tried on the chat page; keeps the
 * one that is there.
 * @returns what the settings `ADMIN_USER_IDS` and `OPERATORS_CHAT_ID` would be
 */
export async function presetOperators(
  telegram: Pick<SandboxTelegram, "groups" | "createGroup" | "joinGroup">,
): Promise<{ userIds: readonly number[]; chatId: number }> {
  const { chatId } = OPERATORS_GROUP;
  if (!telegram.groups().some(({ id }) => id === chatId)) {
    await telegram.createGroup({ ...OPERATORS_GROUP, isOld: true });
    await telegram.joinGroup(OPERATOR, chatId);
  }
  return { userIds: [OPERATOR.userId], chatId };
}
