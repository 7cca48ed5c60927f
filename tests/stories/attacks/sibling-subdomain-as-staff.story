# A student's server proves its own domain, not that of staff.
the border judges mail
the desk has staff-proof verified
Jo writes "Wi-Fi" proven
    The wifi is down.
new ticket wifi
a mail comes
    Authentication-Results: mail.campus.example; spf=pass smtp.mailfrom=x@students.campus.example; dkim=pass header.d=students.campus.example
    Received: from dorm.example by mail.campus.example
    From: mia@campus.example
    To: {desk}
    Subject: [#{wifi}] Wi-Fi
    Message-ID: <d1@students.campus.example>

    Pay your fees here.
held on wifi
the message is proven claimed
Jo gets nothing
