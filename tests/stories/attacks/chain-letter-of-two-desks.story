# Another helpdesk acknowledges our acknowledgement: silence.
other@desk.example writes "Ticket 7"
    We have a question.
new ticket theirs
other@desk.example gets acknowledged
other@desk.example answers acknowledged
    + Auto-Submitted: auto-replied
    We got your mail. Your ticket is 8.
note on theirs
nobody gets anything
