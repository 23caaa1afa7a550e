// Whether what mlproxy writes is HAR to those who have nothing to do with mlproxy.

import assert from 'node:assert/strict';

import { faultsOfHar, readHar } from './har.mjs';
import {
	configOf, file, form, photo, post, sendAnswer, startHttp, startProxyWith, tasks, test,
} from './rig.mjs';

const fixture = name => readHar(new URL(`../../fixtures/${name}`, import.meta.url));

// wire/har writes this file: test_har.c sees to it.
test('har_of_ours_is_valid', () => {
	const har = fixture('har/ours.har');

	assert.deepEqual(faultsOfHar(har), []);
	assert.equal(har.log.entries.length, 5);
});

for (const name of ['mitmproxy-11', 'playwright-embed'])
	test(`har_of_others_is_valid: ${name}`, () => {
		assert.deepEqual(faultsOfHar(fixture(`imports/${name}.har`)), []);
	});

// What validators are known to refuse, so that a valid file says something.
const faults = {
	'/log/entries/0: must have required property \'cache\'': entry => delete entry.cache,
	'/log/entries/0/response/redirectURL: must be string': entry => {
		entry.response.redirectURL = null;
	},
	'/log/entries/0/timings/wait: must be number': entry => {
		entry.timings.wait = null;
	},
	'/log/entries/0/startedDateTime: must match format "date-time"': entry => {
		entry.startedDateTime = '1795248336544';
	},
	'/log/entries/0/request/url: must match format "uri"': entry => {
		entry.request.url = entry.request._url;
	},
};

for (const [fault, spoil] of Object.entries(faults))
	test(`har_with_a_fault_is_not: ${fault}`, () => {
		const har = fixture('har/ours.har');

		spoil(har.log.entries[0]);
		assert.ok(faultsOfHar(har).includes(fault), faultsOfHar(har).join('\n'));
	});

// Who reads `postData.text` alone, as mitmproxy does, gets the body, too.
test('har_with_a_body_has_it_twice', () => {
	const { postData, bodySize, _content } = fixture('har/ours.har').log.entries[4].request;
	const bytes = Buffer.from(_content.text, 'base64');

	assert.deepEqual([...bytes], Array.from({ length: 256 }, (_, i) => i));
	assert.deepEqual(Buffer.from(postData.text, 'latin1'), bytes);
	assert.equal(bodySize, 256);
});

// What goes wrong is in it, too: no answer, half of one, an answer that is none, odd requests.
test('har_of_the_records_is_valid', async t => {
	const answers = [sendAnswer, request => request.socket.destroy(), (request, response) => {
		response.setHeader('content-length', 10);
		response.write('{');
		request.resume().on('end', () => response.destroy());
	}, (request, response) => response.end('\xff')];
	const backend = await startHttp(t,
		(request, response) => (answers.shift() ?? sendAnswer)(request, response));
	const proxy = await startProxyWith(t, ['--debug', '--listen', '127.0.0.1:0', '--config',
		file(t, 'config.json', JSON.stringify(configOf({ backend })))]);

	while (answers.length)
		await post(proxy, form(tasks.visual, photo));
	for (const path of ['/a b/predict?a b=ü&token=x&c', '/predict'])
		await fetch(proxy.url + path, { method: 'POST', body: '\xff', headers: { x: 'ü' } });
	const har = await (await fetch(`${proxy.url}/api/debug/records.har`)).json();

	assert.deepEqual(faultsOfHar(har), []);
	assert.ok(har.log.entries.length >= 10);
	assert.deepEqual(har.log.entries.map(({ _seq }) => _seq), har.log.entries.map((_, i) => i + 1));
});
