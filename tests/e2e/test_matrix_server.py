"""The homeserver of these tests, judged by a client that others wrote: matrix-nio."""
import asyncio

import pytest
from matrix_server import MatrixServer

nio = pytest.importorskip("nio", reason="python3-matrix-nio is not installed")


@pytest.fixture
def server():
    made = MatrixServer()
    yield made
    made.stop()


async def client_of(server, name):
    client = nio.AsyncClient(server.url, name)
    answer = await client.register(name, "geheim", device_name="test")
    assert isinstance(answer, nio.RegisterResponse), answer
    return client


async def talk(server):
    ann, bob = await client_of(server, "ann"), await client_of(server, "bob")
    who = await ann.whoami()
    assert who.user_id == "@ann:matrix.example"
    made = await ann.room_create(visibility=nio.RoomVisibility.public)
    assert isinstance(made, nio.RoomCreateResponse), made
    assert isinstance(await bob.join(made.room_id), nio.JoinResponse)
    first = await bob.sync(timeout=0)
    assert isinstance(first, nio.SyncResponse), first
    sent = await ann.room_send(made.room_id, "m.room.message", {"msgtype": "m.text", "body": "hello"}, tx_id="t1")
    again = await ann.room_send(made.room_id, "m.room.message", {"msgtype": "m.text", "body": "other"}, tx_id="t1")
    assert isinstance(sent, nio.RoomSendResponse) and sent.event_id == again.event_id
    news = await bob.sync(timeout=2000, since=first.next_batch)
    events = news.rooms.join[made.room_id].timeline.events
    assert [e.body for e in events if isinstance(e, nio.RoomMessageText)] == ["hello"]
    marked = await bob.room_send(made.room_id, "m.reaction", {
        "m.relates_to": {"rel_type": "m.annotation", "event_id": sent.event_id, "key": "\u2705"}})
    gone = await bob.room_redact(made.room_id, marked.event_id)
    assert isinstance(gone, nio.RoomRedactResponse), gone
    refused = await bob.room_redact(made.room_id, sent.event_id)
    assert isinstance(refused, nio.RoomRedactError) and refused.status_code == "M_FORBIDDEN"
    for i in range(30):
        await ann.room_send(made.room_id, "m.room.message", {"msgtype": "m.text", "body": f"n{i}"})
    later = await bob.sync(timeout=0, since=news.next_batch, sync_filter={"room": {"timeline": {"limit": 5}}})
    timeline = later.rooms.join[made.room_id].timeline
    assert timeline.limited and [e.body for e in timeline.events] == [f"n{i}" for i in range(25, 30)]
    missed, place = [], timeline.prev_batch
    while place and place != news.next_batch:
        page = await bob.room_messages(made.room_id, place, news.next_batch, nio.MessageDirection.back, limit=10)
        assert isinstance(page, nio.RoomMessagesResponse), page
        if not page.chunk:
            break
        missed += [e.body for e in page.chunk if isinstance(e, nio.RoomMessageText)]
        place = page.end
    assert [m for m in reversed(missed) if m.startswith("n")] == [f"n{i}" for i in range(25)]
    up, _ = await ann.upload(lambda *_: b"bytes", content_type="text/plain", filename="a.txt", filesize=5)
    assert isinstance(up, nio.UploadResponse) and up.content_uri.startswith("mxc://matrix.example/")
    server.dead_tokens.add(bob.access_token)
    assert isinstance(await bob.sync(timeout=0, since=later.next_batch), nio.SyncError)
    await ann.close()
    await bob.close()


def test_a_client_of_others_gets_on_with_it(server):
    asyncio.run(talk(server))
