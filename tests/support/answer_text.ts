/** The text of an answer; of a stream of events, which need not end, what is there first. */
export async function answerText(answer: Response): Promise<string> {
  if (answer.headers.get("Content-Type")?.startsWith("text/event-stream") !== true) {
    return await answer.text();
  }
  const reader = answer.body?.getReader();
  const { value } = await reader?.read() ?? {};
  await reader?.cancel();
  return new TextDecoder().decode(value);
}
