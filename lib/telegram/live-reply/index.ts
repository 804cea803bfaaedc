export {
  LiveReplies,
  type LiveRepliesOptions,
  type LiveReply,
} from "./live-reply.ts";
export { draftIdOf, type LiveReplyTarget } from "./target.ts";
