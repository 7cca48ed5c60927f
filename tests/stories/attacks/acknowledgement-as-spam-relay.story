# A forged sender gets nothing of what the mail says.
secret "cheap-pills"
a mail comes
    From: "cheap-pills.example call 0800" <victim@elsewhere.example>
    To: {desk}
    Subject: Buy cheap-pills now
    Message-ID: <s1@evil.example>
    Content-Type: text/plain; name="cheap-pills.txt"

    Buy at http://cheap-pills.example
new ticket spam
victim@elsewhere.example gets acknowledged
victim@elsewhere.example's mail lacks "cheap-pills"
victim@elsewhere.example's mail lacks "0800"
