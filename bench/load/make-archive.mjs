/** Archives of deflated entries, and what is in them, for measuring. */
import { crc32, deflateRawSync } from 'node:zlib';

export function makeArchive(files) {
  const parts = [];
  const records = [];
  let offset = 0;
  for (const { name, content } of files) {
    const path = Buffer.from(name);
    const data = deflateRawSync(content);
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt16LE(8, 4);
    facts.writeUInt16LE(0x5a21, 8);
    facts.writeUInt32LE(crc32(content), 10);
    facts.writeUInt32LE(data.length, 14);
    facts.writeUInt32LE(content.length, 18);
    facts.writeUInt16LE(path.length, 22);
    const record = Buffer.alloc(14);
    record.writeUInt32LE(offset, 10);
    records.push(Buffer.from('PK\x01\x02\x14\x03', 'latin1'), facts, record, path);
    parts.push(Buffer.from('PK\x03\x04'), facts, path, data);
    offset += 30 + path.length + data.length;
  }
  const directory = Buffer.concat(records);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, directory, end]);
}

/** Text that packs about six to one. */
export function text(bytes) {
  let state = 7;
  let out = '';
  const words = Array.from({ length: 400 }, (_, at) => (at * 7919).toString(36));
  while (out.length < bytes) {
    state = (state * 1103515245 + 12345) % 2147483648;
    out += `${words[state % (state % 3 === 0 ? 400 : 20)]} `;
  }
  return Buffer.from(out.slice(0, bytes));
}
