// Captures of other programs, as one file or in a zip, and such as are made to do harm.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { faultsOfHar } from './har.mjs';
import { folder, form, isSanitized, photo, post, replay, startHttp, startMock, tasks, test,
	written } from './rig.mjs';
import { zip } from './zip.mjs';

const genuine = new URL('../../fixtures/imports/playwright-attach.har.zip', import.meta.url).pathname;
const LEFT_OUT = 'who wrote this left it out, as Playwright does where a form has a file';
const LONGER = 'it is longer or shorter than is said of it elsewhere';
const sha1 = bytes => createHash('sha1').update(bytes).digest('hex');
const answer = Buffer.from('{"clip":"[0.6,0.8]"}');

// An entry as others write it; `said` is what stands in its postData, or beside it.
function entryOf({ postData, content, headers = {}, bodySize = -1, ...request }) {
	const list = Object.entries(headers).map(([name, value]) => ({ name, value }));

	return {
		startedDateTime: '2026-11-21T08:00:00.000Z',
		time: 1,
		request: { method: 'POST', url: 'http://immich-ml:3003/predict', httpVersion: 'HTTP/1.1',
			cookies: [], headers: list, queryString: [], headersSize: -1, bodySize,
			postData: { mimeType: '', text: '', ...postData }, ...request },
		response: { status: 200, statusText: 'OK', httpVersion: 'HTTP/1.1', cookies: [], headers: [],
			content: { size: 0, mimeType: 'application/json', ...content }, redirectURL: '',
			headersSize: -1, bodySize: -1 },
		cache: {},
		timings: { send: 0, wait: 1, receive: 0 },
	};
}

const harOf = (...entries) => Buffer.from(JSON.stringify({
	log: { version: '1.2', creator: { name: 'x', version: '1' }, entries } }));

function put(t, name, bytes) {
	const path = join(folder(t), name);

	writeFileSync(path, bytes);
	return path;
}

const zipped = (t, ...files) => put(t, 'x.har.zip', zip(files));

async function bodyOf(path, ...args) {
	const { status, out, err } = await replay(['show', path, '1', '--part', 'body', ...args]);

	return { status, text: status ? err.replaceAll(path, 'X') : out };
}

test('what Playwright has written is read as far as it goes', async t => {
	const { status, out } = await replay(['inspect', genuine]);

	assert.equal(status, 0);
	assert.match(out, /^client {2}clip\.textual +ViT-B-32__openai +< 16 KiB +200 +1 /m);
	assert.match(out, /^3 cannot be replayed: their bodies are not in the capture$/m);
	assert.equal((await replay(['verify', genuine])).status, 0);
	assert.equal((await replay(['show', genuine, '8', '--part', '1'])).out, 'Hund am Strand 🐕');
	assert.deepEqual(await replay(['show', genuine, '3', '--part', 'body'])
		.then(({ status: found, err }) => [found, err]), [3, `mlreplay: #3: ${LEFT_OUT}\n`]);
	assert.ok(JSON.parse((await replay(['show', genuine, '3', '--part', 'answer'])).out).clip);
	assert.deepEqual(faultsOfHar(JSON.parse(readFileSync(await exportedOf(t, genuine)))), []);
});

async function exportedOf(t, path, ...args) {
	const to = join(folder(t), 'x.har');

	assert.equal((await replay(['export', path, '-o', to, ...args])).status, 0);
	return to;
}

test('what is in a zip is sent', async t => {
	const bodies = [];
	const server = await startHttp(t, async (request, response) => {
		bodies.push(Buffer.concat(await request.toArray()));
		response.setHeader('content-type', 'application/json');
		response.end(answer);
	});
	const { body, headers } = await written(tasks.visual, photo);
	const name = `${sha1(body)}.dat`;
	const path = zipped(t, { name: 'har.har', bytes: harOf(entryOf({
		headers, bodySize: body.length, postData: { _file: name }, content: { text: String(answer) },
	})) }, { name, bytes: body, isDeflated: false });
	const { status, out } = await replay(['run', path, '--target', server.url]);

	assert.equal(status, 0, out);
	assert.ok(bodies.length >= 1 && bodies.every(bytes => bytes.equals(body)));
	assert.match((await replay(['inspect', path])).out, /^client {2}clip\.visual /m);

	const mock = await startMock(t, 'from', { args: ['--from', path] });
	assert.equal((await post(mock, form(tasks.visual, photo))).body, String(answer));
});

// Which of them counts, of all that an entry says of its body: from the first on.
test('a body is taken from where it is exact', async t => {
	const all = {
		_recipe: [{ text: 'recipe' }],
		_content: { size: 6, text: Buffer.from('inside').toString('base64'), encoding: 'base64' },
		postData: { _file: 'file', _sha1: 'hash', text: 'latin1' },
	};
	const expected = [['recipe', '_recipe'], ['inside', '_content'], ['file:1', '_file'],
		['hash:1', '_sha1'], ['latin1']];

	for (const [text, key] of expected) {
		const path = zipped(t, { name: 'har.har', bytes: harOf(entryOf({ bodySize: 6, ...all })) },
			{ name: 'file', bytes: Buffer.from('file:1') }, { name: 'hash', bytes: Buffer.from('hash:1') });

		assert.deepEqual(await bodyOf(path), { status: 0, text });
		delete all[key];
		delete all.postData[key];
	}
});

const lossy = {
	'of another length': [{ bodySize: 7, postData: { text: 'photo' } }, 'photo', LONGER],
	'with replaced characters': [{ bodySize: 9, postData: { text: 'photo\ufffd!' } }, 'photo\ufffd!',
		'what was no text in it was replaced when it was written'],
	'of which nothing says what it is': [{ postData: { text: 'M\u00fcll' } }, 'M\u00fcll',
		'nothing says which bytes its text stands for'],
	'in a file of another length': [{ bodySize: 3, postData: { _file: 'five' } }, 'photo', LONGER],
};

for (const [what, [entry, text, why]] of Object.entries(lossy))
	test(`a body is refused, unless asked for: ${what}`, async t => {
		const path = zipped(t, { name: 'har.har', bytes: harOf(entryOf(entry)) },
			{ name: 'five', bytes: Buffer.from('photo') });

		assert.deepEqual(await bodyOf(path), { status: 3, text: `mlreplay: #1: ${why}\n` });
		assert.deepEqual(await bodyOf(path, '--lossy'), { status: 0, text });
		const har = JSON.parse(readFileSync(await exportedOf(t, path, '--lossy')));
		assert.equal(Buffer.from(har.log.entries[0].request._content.text, 'base64').toString(), text);
	});

const har = (name, other = {}) => ({ name: 'har.har',
	bytes: harOf(entryOf({ bodySize: 5, postData: { _file: name } })), ...other });
const five = { name: 'five', bytes: Buffer.from('photo') };
const at = 'X/har.har:1: byte 72: request.postData._file: ';
const wrong = `${'0'.repeat(40)}.dat`;

const hostile = {
	'a name that leads up': [[har('five'), five, { ...five, name: '../five' }],
		'X: ../five: a name that leads elsewhere, or is none'],
	'a name that is absolute': [[har('five'), five, { ...five, name: '/five' }],
		'X: /five: a name that leads elsewhere, or is none'],
	'a name twice': [[har('five'), five, five], 'X: the zip is broken: two files of one name'],
	'an entry that leads up': [[har('../five'), five], `${at}../five: leads out of the capture`],
	'an entry with NUL': [[har('five\0/../x'), five], `${at}five: leads out of the capture`],
	'an entry that is absolute': [[har('/etc/passwd'), five],
		`${at}/etc/passwd: leads out of the capture`],
	'a length that lies': [[har('five'), { ...five, length: 4 }],
		`${at}X: five: is not as long as is said`],
	'a HAR file whose length lies': [[har('five', { length: 1 << 30 }), five],
		'X/har.har:1: byte 0: X: har.har: is not as long as is said'],
	'another hash than its name': [[har(wrong), { ...five, name: wrong }],
		`${at}${wrong}: has another hash`],
};

for (const [what, [files, why]] of Object.entries(hostile))
	test(`a zip with ${what} is corrupt`, async t => {
		const path = zipped(t, ...files);

		for (const command of ['inspect', 'verify']) {
			const { status, err } = await replay([command, path]);
			const said = err.replaceAll(path, 'X').replace(/byte \d+/, 'byte 72')
				.replaceAll('byte 72: X: har', 'byte 0: X: har');

			assert.equal(status, 4, err);
			assert.ok(said.startsWith(`mlreplay: ${why}`), said);
		}
		const { status } = await replay(['run', path, '--target', 'http://127.0.0.1:9']);
		assert.equal(status, 4);
	});

test('a zip without a HAR file, or with two, is no capture', async t => {
	const two = zipped(t, { ...five, name: 'a.har' }, { ...five, name: 'b.har' });
	const none = zipped(t, five);
	const said = async path => {
		const { status, err } = await replay(['inspect', path]);
		return [status, err];
	};

	assert.deepEqual(await said(two), [2, `mlreplay: ${two}: there is more than one HAR file in it\n`]);
	assert.deepEqual(await said(none), [2, `mlreplay: ${none}: there is no HAR file in it\n`]);
});

test('a bomb in a zip is not unpacked', async t => {
	const file = { name: 'har.har', bytes: harOf(entryOf({ postData: { _file: 'bomb' } })) };
	const bomb = { name: 'bomb', bytes: Buffer.alloc(160 << 20) };
	const before = isSanitized ? [] : ['prlimit', `--as=${96 << 20}`];

	assert.deepEqual(await bodyOf(zipped(t, file, bomb)),
		{ status: 3, text: 'mlreplay: #1: it is longer than is read\n' });
	const { status, err } = await replay(['inspect', zipped(t, file, { ...bomb, length: 5 })],
		{ before });
	assert.equal(status, 4, err);
	assert.match(err, /bomb: is not as long as is said\n$/);
});

test('beside a file bodies are found, and nowhere else', async t => {
	const dir = folder(t);
	const path = join(dir, 'x.har');
	const cases = [
		['five', 0, 'photo'],
		['sub/five', 0, 'photo'],
		['missing', 3, 'mlreplay: #1: it lies in a file of its own, which is not part of this one\n'],
		['link', 4, `${at}link: not a regular file`],
		['way/five', 4, `${at}way/five: not a regular file`],
		['sub', 4, `${at}sub: not a regular file`],
		['../x/five', 4, `${at}../x/five: leads out of the capture`],
		[join(dir, 'five'), 4, ': leads out of the capture'],
	];

	mkdirSync(join(dir, 'sub'));
	for (const name of ['five', 'sub/five'])
		writeFileSync(join(dir, name), 'photo');
	symlinkSync('five', join(dir, 'link'));
	symlinkSync('sub', join(dir, 'way'));
	for (const [name, status, text] of cases) {
		writeFileSync(path, har(name).bytes);
		const found = await bodyOf(path);

		assert.equal(found.status, status, found.text);
		assert.ok(found.text.replace(/byte \d+/, 'byte 72').includes(text.replace('X/har.har', 'X')),
			found.text);
		assert.equal((await replay(['verify', path])).status, status === 4 ? 4 : 0);
	}
	writeFileSync(path, har('five').bytes);
	assert.deepEqual((await bodyOf(dir)).text, 'photo');
});

test('of what Playwright has left out the answer only the status is judged', async t => {
	const answers = [200, 503];
	const targets = [];
	const server = await startHttp(t, (request, response) => {
		if (request.method === 'POST')
			response.statusCode = answers[targets.length];
		targets.push(`${request.method} ${request.url}`);
		response.end('{"clip":"[0.6,0.8]"}');
	});
	const { body, headers } = await written(tasks.textual, 'a dog');
	const left = { headers, postData: { text: body.toString('latin1') }, content: { size: 20 } };
	const har = put(t, 'x.har', harOf(...[left, left, { ...left, method: 'GET' }].map(entryOf)));
	const json = join(folder(t), 'report.json');
	const { status } = await replay(
		['run', har, '--target', server.url, '--concurrency', '1', '--json', json]);
	const { skipped, exchanges } = JSON.parse(readFileSync(json, 'utf8'));

	assert.equal(status, 1);
	assert.equal(skipped, 2);
	assert.deepEqual(exchanges.map(({ seq, outcome, error, statusBefore }) =>
		[seq, outcome, error, statusBefore]).sort(), [
		[1, 'skipped', 'who wrote this left the answer\'s body out', 200],
		[2, 'compared', '', 200],
		[3, 'skipped', 'it is no POST of /predict', 200],
	]);
});
