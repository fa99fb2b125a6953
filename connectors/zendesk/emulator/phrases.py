"""Words for invented tickets; `{}` takes a number."""

__all__ = ["CUSTOMER", "PRIVATE", "REPLIES", "SUBJECTS", "TEXTS"]

SUBJECTS = (
    "Cannot log in after password reset",
    "Invoice {} shows the wrong VAT rate",
    "VPN drops every {} minutes",
    "Printer on floor 3 prints blank pages",
    "SSO error <AADSTS{}>",
    "Mailbox full although I deleted everything",
    "App crashes when exporting report {}",
    "Two-factor code never arrives",
    "Order {} was delivered twice",
    "Bitte um Rückruf – Störung „Router {}“",
    "お問い合わせ {}",
    "Need access to the archive",
)
TEXTS = (
    "Hello,\n\nthis started today and I cannot work. Error code {}.\n\nThanks",
    "This is urgent!!! 😡 ({})",
    "お世話になっております。ご確認ください。({})",
    "Guten Tag, seit heute früh geht nichts mehr. Vorgang {}.",
    "Could you please look into {}? No hurry.",
)
REPLIES = (
    "We have reset your account, please try again.",
    "Could you send us the log file, please?",
    "We ordered the part and will tell you when it is here.",
    "This should work again now. Please tell us if it does not.",
)
PRIVATE = (
    "Talked to the network team.",
    "Vendor says they need until tomorrow.",
    "Same fault as last week, see the wiki.",
)
CUSTOMER = (
    "Any news on this?",
    "Here is the log file.",
    "Thanks, I will try that tomorrow.",
    "No, it still does not work.",
)
