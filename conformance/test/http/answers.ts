/** Reads what a server says, strictly: whole answers one behind the other and nothing else (RFC 9112 §4, §6). */

export interface Answer {
  readonly status: number;
  readonly fields: ReadonlyMap<string, string>;
  readonly body: string;
}

/**
 * @param bodyless whether an answer has no body although it announces one, told what stands behind its head
 * @throws for anything that is no answer
 */
export function readAnswers(
  heard: string,
  bodyless: (behind: string) => boolean,
): readonly Answer[] {
  const answers: Answer[] = [];
  let rest = heard;
  while (rest !== '') {
    const answer = readAnswer(rest, bodyless);
    answers.push(answer.answer);
    rest = rest.slice(answer.length);
    if (answer.answer.status === 101) break;
  }
  return answers;
}

function readAnswer(
  text: string,
  bodyless: (behind: string) => boolean,
): { answer: Answer; length: number } {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) throw new Error(`half a head: ${JSON.stringify(text)}`);
  const [first = '', ...lines] = text.slice(0, end).split('\r\n');
  const status = /^HTTP\/1\.1 ([1-5][0-9]{2}) [ -~]*$/.exec(first)?.[1];
  if (status === undefined) throw new Error(`no status line: ${JSON.stringify(first)}`);
  const fields = new Map<string, string>();
  for (const each of lines) {
    const field = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+): ([ -~]*)$/.exec(each);
    if (field === null) throw new Error(`no field: ${JSON.stringify(each)}`);
    const name = (field[1] as string).toLowerCase();
    if (fields.has(name)) throw new Error(`${name} twice`);
    fields.set(name, field[2] as string);
  }
  const answer = { status: Number(status), fields };
  const begins = end + 4;
  const announced = fields.get('content-length');
  const none = answer.status < 200 || answer.status === 204 || answer.status === 304;
  if (none) return { answer: { ...answer, body: '' }, length: begins };
  if (announced === undefined || !/^\d+$/.test(announced))
    throw new Error(`no length: ${JSON.stringify(text.slice(0, begins))}`);
  if (bodyless(text.slice(begins))) return { answer: { ...answer, body: '' }, length: begins };
  const body = text.slice(begins, begins + Number(announced));
  if (body.length !== Number(announced)) throw new Error(`a body of ${body.length}: ${first}`);
  return { answer: { ...answer, body }, length: begins + body.length };
}
