// Slack's own libraries before the stand-in of tests/e2e/slack_server.py: what they take for Slack is one.
// node slack.js API-URL TOKEN SIGNING-SECRET PORT CHANNEL USER: a line of JSON each, then Bolt listens.
const { App } = require('@slack/bolt');
const { WebClient, LogLevel } = require('@slack/web-api');

const [api, token, signingSecret, port, channel, user] = process.argv.slice(2);
const say = (what, more) => console.log(JSON.stringify({ what, ...more }));

async function callAll() {
  const web = new WebClient(token, { slackApiUrl: api + '/', logLevel: LogLevel.ERROR });
  const me = await web.auth.test();
  say('auth.test', { user: me.user_id, team: me.team_id, bot: me.bot_id });
  const root = await web.chat.postMessage({ channel, text: 'root', metadata: { event_type: 'x', event_payload: { id: '1' } } });
  const answer = await web.chat.postMessage({ channel, text: 'answer', thread_ts: root.ts,
    blocks: [{ type: 'section', text: { type: 'plain_text', text: 'answer' } }] });
  await web.chat.update({ channel, ts: root.ts, text: 'root, changed' });
  await web.reactions.add({ channel, timestamp: root.ts, name: 'eyes' });
  const twice = await web.reactions.add({ channel, timestamp: root.ts, name: 'eyes' }).catch((e) => e.data.error);
  const history = await web.conversations.history({ channel, include_all_metadata: true });
  const replies = await web.conversations.replies({ channel, ts: root.ts });
  say('posts', { history: history.messages.map((m) => m.text), metadata: history.messages[0].metadata.event_payload.id,
    replies: replies.messages.map((m) => m.ts), want: [root.ts, answer.ts], twice });
  const info = await web.users.info({ user });
  const open = await web.conversations.open({ users: user });
  say('people', { email: info.user.profile.email, open: open.channel.id });
  const upload = await web.filesUploadV2({ channel_id: channel, thread_ts: root.ts, filename: 'a.txt', file: Buffer.from('hello') });
  say('files', { n: upload.files.length });
  say('limited', await web.users.info({ user }).then(() => ({ ok: true })));	// answered 429 first: waits, sends again
}

async function listen() {
  const app = new App({ signingSecret, clientOptions: { slackApiUrl: api + '/' }, logLevel: LogLevel.ERROR,
    authorize: async () => ({ botToken: token, botId: 'B0DESK', botUserId: 'U0DESK' }) });
  app.message(async ({ message }) => say('message', { text: message.text, user: message.user }));
  app.event('reaction_added', async ({ event }) => say('reaction', { name: event.reaction, item: event.item.ts }));
  app.command('/helpdesk', async ({ command, ack }) => { await ack('got ' + command.text); say('command', { text: command.text }); });
  app.action('take', async ({ action, ack, body }) => { await ack(); say('action', { value: action.value, user: body.user.id }); });
  app.view('report', async ({ view, ack }) => {
    say('view', { text: view.state.values.text.text.value });
    await ack({ response_action: 'errors', errors: { text: 'no' } });
  });
  await app.start(Number(port));
  say('listens');
}

callAll().then(listen).catch((e) => { say('error', { message: String(e), data: e.data }); process.exit(1); });
