a mail comes
    From: nagios@monitor.example
    To: helpdesk@campus.example
    Subject: CRITICAL: disk full
    Message-ID: <n1@monitor.example>
    Auto-Submitted: auto-generated

    /dev/sda is full
filed
nobody gets anything
