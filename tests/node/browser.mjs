// browser: a real Chromium, told by its own protocol over a pipe what to open and what to run there.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { atEnd } from './rig.mjs';

const ARGS = [
	'--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run',
	'--disable-background-networking', '--disable-component-update', '--remote-debugging-pipe',
];

class Browser {
	constructor(child) {
		this.child = child;
		this.sent = 0;
		this.calls = new Map();
		this.text = '';
		this.to = child.stdio[3];
		this.to.on('error', () => {}); // it has ended, as `close` says, too
		child.stdio[4].setEncoding('utf8').on('data', text => this.take(text));
		child.on('close', () => this.calls.forEach(({ reject }) => reject(Error('no browser'))));
	}

	// Messages have a NUL behind them. What is no answer is an event, none of which is waited for.
	take(text) {
		const messages = (this.text + text).split('\0');

		this.text = messages.pop();
		for (const { id, result, error } of messages.map(message => JSON.parse(message))) {
			const call = this.calls.get(id);

			if (error)
				call?.reject(Error(error.message));
			else
				call?.resolve(result);
			this.calls.delete(id);
		}
	}

	call(method, params, sessionId) {
		const id = ++this.sent;

		this.to.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
		return new Promise((resolve, reject) => this.calls.set(id, { resolve, reject }));
	}

	// A page of that URL, once it has loaded.
	async open(url) {
		const { targetId } = await this.call('Target.createTarget', { url });
		const attached = await this.call('Target.attachToTarget', { targetId, flatten: true });
		const page = new Page(this, attached.sessionId);

		// before that the page is still the empty one
		while (await page.run('location.href') !== url || !await page.run(isLoaded))
			await new Promise(setImmediate);
		return page;
	}
}

const isLoaded = 'document.readyState === "complete"';

class Page {
	constructor(browser, session) {
		this.browser = browser;
		this.session = session;
	}

	// What the script comes to, which may be a promise.
	async run(expression) {
		const { result, exceptionDetails } = await this.browser.call('Runtime.evaluate',
			{ expression, awaitPromise: true, returnByValue: true }, this.session);

		if (exceptionDetails)
			throw Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
		return result.value;
	}
}

// `names` lead to 127.0.0.1.
export async function startBrowser(t, names) {
	const rules = names.map(name => `MAP ${name} 127.0.0.1`).join(',');
	const profile = mkdtempSync(join(tmpdir(), 'mlproxy-test-'));
	const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'chromium', ...ARGS,
		`--user-data-dir=${profile}`, `--host-resolver-rules=${rules}`],
	{ stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
	const browser = new Browser(child);

	atEnd(t, async () => {
		if (child.exitCode === null && child.signalCode === null) {
			browser.call('Browser.close').catch(() => {});
			await once(child, 'close');
		}
		// its helpers may still write there for a moment
		rmSync(profile, { recursive: true, maxRetries: 10 });
	});
	await browser.call('Browser.getVersion');
	return browser;
}
