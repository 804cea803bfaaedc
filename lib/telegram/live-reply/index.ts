export {
  LiveReplies,
  type LiveRepliesOptions,
  type LiveReply,
} from "./live-reply.ts";
export type { LiveReplyTarget } from "./target.ts";
