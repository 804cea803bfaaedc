import { expect } from "chai";
import { fetchFromModel } from "../../../lib/answers/models/http.ts";

describe("a large response of a model", () => {
  it("gives everything else its turn while it is read, though all of it is there", async () => {
    const chunk = new TextEncoder().encode("data: {}\n\n".repeat(1_600)); // 16 kB
    let left = 100;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        left -= 1;
        if (left < 0) controller.close();
        else controller.enqueue(chunk);
      },
    });
    const respond = async (): Promise<Response> =>
      new Response(body, { headers: { "content-type": "text/event-stream" } });
    const response = await fetchFromModel("http://127.0.0.1/", {}, respond);
    let turns = 0;
    let isRead = false;
    const count = (): void => {
      turns += 1;
      if (!isRead) setImmediate(count);
    };
    setImmediate(count);
    let bytes = 0;
    for await (const part of response.body ?? []) bytes += part.byteLength;
    isRead = true;
    expect(bytes).to.equal(100 * chunk.byteLength);
    expect(turns).to.be.greaterThan(25);
  });
});
