// zip: archives written here, so that a test can have what no library writes.

import { deflateRawSync } from 'node:zlib';

const STORED = 0;
const DEFLATED = 8;

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
	for (let i = 0; i < 8; i++)
		byte = byte & 1 ? byte >>> 1 ^ 0xedb88320 : byte >>> 1;
	return byte;
});

function crc32(bytes) {
	let crc = ~0;

	for (const byte of bytes)
		crc = table[(crc ^ byte) & 255] ^ crc >>> 8;
	return ~crc >>> 0;
}

function numbers(...pairs) {
	const bytes = Buffer.alloc(pairs.reduce((sum, [size]) => sum + size, 0));
	let at = 0;

	for (const [size, value] of pairs)
		at = bytes.writeUIntLE(value, at, size);
	return bytes;
}

// Of files `{ name, bytes }`, and what else is said of each: `length`, where that is not true.
export function zip(files) {
	const heads = [];
	const directory = [];
	let at = 0;

	for (const { name, bytes, isDeflated = true, length = bytes.length } of files) {
		const packed = isDeflated ? deflateRawSync(bytes) : bytes;
		const text = Buffer.from(name);
		const facts = numbers([2, 20], [2, 0], [2, isDeflated ? DEFLATED : STORED], [2, 0], [2, 0x21],
			[4, crc32(bytes)], [4, packed.length], [4, length], [2, text.length], [2, 0]);

		heads.push(Buffer.from('PK\x03\x04'), facts, text, packed);
		directory.push(Buffer.from('PK\x01\x02'), numbers([2, 20]), facts,
			numbers([2, 0], [2, 0], [2, 0], [4, 0], [4, at]), text);
		at += 4 + facts.length + text.length + packed.length;
	}
	const entries = Buffer.concat(directory);

	return Buffer.concat([...heads, entries, Buffer.from('PK\x05\x06'), numbers([2, 0], [2, 0],
		[2, files.length], [2, files.length], [4, entries.length], [4, at], [2, 0])]);
}
