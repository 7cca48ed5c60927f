a mail comes
    From: news@shop.example
    To: helpdesk@campus.example
    Subject: Our offers
    Message-ID: <o1@shop.example>
    List-Id: <offers.shop.example>
    Precedence: bulk

    Buy!
new ticket offers
offers is bulk
nobody gets anything
