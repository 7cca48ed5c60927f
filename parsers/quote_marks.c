#include "base/text.h"
#include "parsers/quote_marks.h"
#include "parsers/words.h"

#define LINE_MAX_SEEN	300	/* bytes: longer lines are nobody's mark */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static struct slice
cut_front(struct slice s, size_t n)
{
	return (struct slice){ s.p + n, s.len - n };
}

/* Blanks of all kinds that mail clients put beside words. */
static size_t
blank_at(struct slice s)
{
	if (s.len > 0 && (unsigned char)s.p[0] < 0x80)
		return s.p[0] == ' ' || s.p[0] == '\t' || s.p[0] == '\n' ||
		    s.p[0] == '\r';
	if (s.len > 1 && memcmp(s.p, "\xc2\xa0", 2) == 0)
		return 2;
	if (s.len > 2 && (memcmp(s.p, "\xe2\x80\xaf", 3) == 0 ||
	    memcmp(s.p, "\xe2\x80\x8b", 3) == 0 ||
	    memcmp(s.p, "\xe2\x80\x8e", 3) == 0 ||
	    memcmp(s.p, "\xe2\x80\x8f", 3) == 0 ||
	    memcmp(s.p, "\xef\xbb\xbf", 3) == 0 ||
	    memcmp(s.p, "\xe3\x80\x80", 3) == 0))
		return 3;
	return 0;
}

static struct slice
skip_blanks(struct slice s)
{
	size_t n = blank_at(s);

	for (; n > 0; n = blank_at(s))
		s = cut_front(s, n);
	return s;
}

static struct slice
drop_blanks(struct slice s)
{
	size_t k, most;

	while (s.len > 0) {
		most = (unsigned char)s.p[s.len - 1] < 0x80 ? 1 : 3;
		for (k = 1; k <= most && k <= s.len; k++)
			if (blank_at(cut_front(s, s.len - k)) == k)
				break;
		if (k > most || k > s.len)
			break;
		s.len -= k;
	}
	return s;
}

struct slice
quote_trim(struct slice s)
{
	return drop_blanks(skip_blanks(s));
}

/* -- attributions ----------------------------------------------------- */

/* "wrote" as mail clients say it. */
static const char *const verbs[] = {
	"wrote", "writes",				/* en */
	"schrieb", "geschrieben",			/* de */
	"a écrit", "écrit", "a ecrit",			/* fr */
	"escribió", "escribio", "escribe",		/* es */
	"ha scritto", "scritto",			/* it */
	"schreef", "geschreven",			/* nl */
	"escreveu",					/* pt */
	"napisał", "napisana przez", "pisze",		/* pl */
	"skrev", "skriver",				/* sv da nb */
	"kirjoitti",					/* fi */
	"napsal", "napísal",				/* cs sk */
	"написал", "пишет", "писал",			/* ru */
	"написав", "пише", "писав", "надіслав",		/* uk */
	"写道", "寫道", "写入", "撰寫",			/* zh */
	"のメール", "書きました", "書き込み",		/* ja */
	"작성", "님이 씀", "썼습니다", "쓴 글",		/* ko */
	"yazdı", "yazmış",				/* tr */
	"كتب", "كتابة",					/* ar */
	"írta", "a scris", "έγραψε", "kirjutas", NULL	/* hu ro el et */
};
/* Words an attribution begins with. */
static const char *const intros[] = {
	"On ", "At ", "Am ", "Le ", "El ", "Il ", "In data ", "Op ", "Em ", "A ",
	"W dniu ", "Dnia ", "Wiadomość napisana przez ", "Den ", "Dne ", "På ", "Pe ", "V ", "Dňa ", "Στις ",
	"В ", "Во ", "У ", "Вт", "Пн", "Ср", "Чт", "Пт", "Сб", "Вс", "Нд",
	"в ", "пн", "вт", "ср", "чт", "пт", "сб", "вс", "нд", "在", "於", "于",
	"في ", "بتاريخ ", "Il giorno ", "Citat ", "Zitat von ", "Quoting ",
	"Citando ", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun",
	"ma ", "ti ", "ke ", "to ", "pe ", "la ", "su ", "man.", "tir.",
	"ons.", "tor.", "tors.", "fre.", "lør.", "søn.", "lör", "sön",
	"mån", "tis", "pon.", "wt.", "śr.", "czw.", "pt.", "sob.", "niedz.",
	"po ", "út ", "st ", "čt ", "pá ", "so ", "ne ", "Em ", "Pada ", NULL
};

/* Mail programs that name only the author. */
static const char *const quoting[] = {
	"Zitat von ", "Quoting ", "Quoth ", "Citando ", "Citat ", "Citaat van ",
	"Citation de ", "Citazione ", "Cita de ", "Cytowanie ", "Цитирую ",
	"Цитата ", NULL
};

/* A year, a time of day, or a date in figures. */
struct when {
	bool	year, time, date;
};

static void
read_number(struct slice s, size_t at, size_t n, struct when *w)
{
	char before = at > 0 ? s.p[at - 1] : ' ';
	char after = at + n < s.len ? s.p[at + n] : ' ';
	char next = at + n + 1 < s.len ? s.p[at + n + 1] : ' ';

	if (n == 4 && (memcmp(s.p + at, "19", 2) == 0 ||
	    memcmp(s.p + at, "20", 2) == 0) && before != '@' &&
	    before != '+')
		w->year = true;
	if (n <= 2 && (after == ':' || after == '.' || after == 'h' ||
	    after == 'H') && is_digit(next))
		w->time = true;
	if (n <= 4 && (after == '.' || after == '/' || after == '-') &&
	    is_digit(next))
		w->date = true;
}

static struct when
find_when(struct slice s)
{
	struct when w = { false, false, false };
	size_t i, n;

	for (i = 0; i < s.len; i += n > 0 ? n : 1) {
		for (n = 0; i + n < s.len && is_digit(s.p[i + n]); n++)
			;
		if (n > 0)
			read_number(s, i, n, &w);
	}
	/* 2017年, 2017년; am/pm and their like are not needed: 10:00 is there */
	w.date = w.date || words_find(s, "年") != NULL ||
	    words_find(s, "년") != NULL;
	return w;
}

static bool
has_address(struct slice s)
{
	const char *at = memchr(s.p, '@', s.len);

	return at != NULL && at > s.p && at + 1 < s.p + s.len &&
	    at[-1] != ' ' && (text_is_alnum(at[1]) ||
	    (unsigned char)at[1] >= 0x80);
}

/* Bytes of the run of rule characters s starts with; em dashes count too. */
static size_t
row_length(struct slice s)
{
	size_t n = 0;

	while (n < s.len) {
		if (s.p[n] == '-' || s.p[n] == '_' || s.p[n] == '=' ||
		    s.p[n] == '*' || s.p[n] == '~' || s.p[n] == '+')
			n++;
		else if (n + 2 < s.len && (memcmp(s.p + n, "—", 3) == 0 ||
		    memcmp(s.p + n, "‐", 3) == 0 ||
		    memcmp(s.p + n, "–", 3) == 0 ||
		    memcmp(s.p + n, "─", 3) == 0))
			n += 3;
		else
			break;
	}
	return n;
}

/* "<a@b>", "(a@b)", "[mailto:a@b]": as mail clients write it, not people. */
static bool
has_bracketed_address(struct slice s)
{
	const char *at = memrchr(s.p, '@', s.len), *p = at;

	if (at == NULL)
		return false;
	while (p > s.p && at - p < 128 && p[-1] != ' ' && p[-1] != '\n' &&
	    p[-1] != '<' && p[-1] != '(' && p[-1] != '[')
		p--;
	while (p > s.p && (p[-1] == ' ' || p[-1] == '\n'))
		p--;
	return p > s.p && (p[-1] == '<' || p[-1] == '(' || p[-1] == '[');
}

/* Without dashes, stars and quotes that some clients put around. */
struct slice
quote_undecorated(struct slice s)
{
	s = quote_trim(s);
	s = cut_front(s, row_length(s));
	while (s.len > 0 && strchr("-_*=~ ", s.p[0]) != NULL && s.p[0] != '\0')
		s = cut_front(s, 1);
	while (s.len > 3 && memcmp(s.p + s.len - 3, "‐", 3) == 0)
		s.len -= 3;
	while (s.len > 0 && strchr("-_*=~ ", s.p[s.len - 1]) != NULL &&
	    s.p[s.len - 1] != '\0')
		s.len--;
	return quote_trim(s);
}

static size_t
colon_at_end(struct slice s)
{
	static const char wide[] = "：";

	if (s.len > 0 && s.p[s.len - 1] == ':')
		return 1;
	return words_end(s, wide) ? strlen(wide) : 0;
}

static bool
ends_with_verb(struct slice s)
{
	if (words_end_any(s, verbs))
		return true;
	/* napisał(a), napsal(a), yazdı */
	return words_end(s, "(a)") || words_end(s, "(а)") ||
	    words_end(s, "het volgende") || words_end(s, "folgendes") ||
	    words_end(s, "następujące");
}

/* "… wrote:   and here the quoted text": the end of the verb's colon. */
static size_t
end_within(struct slice line)
{
	const char *p = line.p, *end = line.p + line.len;
	struct slice before;

	for (;;) {
		p = memchr(p, ':', (size_t)(end - p));
		if (p == NULL)
			return 0;
		p++;
		if (end - p < 3 || (memcmp(p, "  ", 2) != 0 &&
		    memcmp(p, "\xc2\xa0", 2) != 0))
			continue;
		before = (struct slice){ line.p, (size_t)(p - 1 - line.p) };
		return ends_with_verb(drop_blanks(before)) ?
		    (size_t)(p - line.p) : 0;
	}
}

size_t
quote_attribution_end(struct slice line)
{
	struct slice s = line;

	if (line.len <= QUOTE_MARKS_MAX) {
		s = quote_undecorated(line);
		if (colon_at_end(s) > 0 || ends_with_verb(s))
			return line.len;
	}
	return end_within(line);
}

bool
quote_attribution_start(struct slice line)
{
	size_t i;

	line = quote_undecorated(line);
	if (words_start_any(line, intros))
		return true;
	for (i = 0; i < line.len && i < 12; i++)
		if (is_digit(line.p[i]))
			return true;
	return has_address(line);
}

/* "…<a@b>:", "(a@b):", "a@b:" */
static bool
ends_with_address(struct slice s)
{
	size_t i = s.len, n = 0;

	while (i > 0 && strchr(">) \"", s.p[i - 1]) != NULL)
		i--;
	for (; i > 0 && n < 254; i--, n++) {
		if (s.p[i - 1] == '@')
			return n > 0;
		if (s.p[i - 1] == ' ' || s.p[i - 1] == '\n' ||
		    s.p[i - 1] == '<')
			return false;
	}
	return false;
}

enum quote_sureness
quote_attribution(struct slice lines)
{
	struct slice s = quote_undecorated(lines);
	size_t colon = colon_at_end(s);
	bool verb, verb_last, intro;
	struct when w;

	if (s.len < 6 || s.len > QUOTE_MARKS_MAX)
		return QUOTE_NOT;
	s.len -= colon;
	s = drop_blanks(s);
	verb_last = ends_with_verb(s);
	if (colon == 0 && !verb_last)
		return QUOTE_NOT;
	if (words_start_any(s, quoting))
		return colon > 0 && s.len <= 200 ? QUOTE_WEAK : QUOTE_NOT;
	w = find_when(s);
	intro = words_start_any(s, intros);
	verb = verb_last || words_find_any(s, verbs);
	if (!verb && colon > 0 && ends_with_address(s) && w.time && w.year)
		return has_bracketed_address(s) ? QUOTE_SURE :
		    s.len <= 200 ? QUOTE_WEAK : QUOTE_NOT;
	if (!verb)
		return QUOTE_NOT;
	if (has_bracketed_address(s) && (w.year || w.time || w.date) &&
	    (verb_last || ends_with_address(s)))
		return QUOTE_SURE;
	/* "-----Jo/Campus wrote: -----" */
	if (verb_last && row_length(quote_trim(lines)) >= 3 &&
	    words_end(quote_trim(lines), "---"))
		return QUOTE_SURE;
	if (intro && w.time && (w.year || w.date))
		return QUOTE_SURE;
	if (colon == 0 && !w.year && !w.time)
		return QUOTE_NOT;
	return s.len <= 200 ? QUOTE_WEAK : QUOTE_NOT;
}

/* -- header blocks ---------------------------------------------------- */

static const struct label {
	const char	*word;
	unsigned	 label;
} labels[] = {
	{ "From", LABEL_FROM }, { "Sent", LABEL_SENT }, { "Date", LABEL_DATE },
	{ "To", LABEL_TO }, { "Cc", LABEL_CC }, { "Bcc", LABEL_CC },
	{ "Subject", LABEL_SUBJECT }, { "Sent on", LABEL_SENT },
	{ "Reply-To", LABEL_OTHER }, { "Reply to", LABEL_OTHER },
	{ "Importance", LABEL_OTHER }, { "Priority", LABEL_OTHER },
	{ "Attachments", LABEL_OTHER }, { "Message-ID", LABEL_OTHER },
	{ "Organization", LABEL_OTHER }, { "Resent-From", LABEL_OTHER },
	{ "Newsgroups", LABEL_OTHER }, { "Sender", LABEL_OTHER },
	/* de */
	{ "Von", LABEL_FROM }, { "Gesendet", LABEL_SENT },
	{ "Gesendet am", LABEL_SENT }, { "Datum", LABEL_DATE },
	{ "An", LABEL_TO }, { "Kopie", LABEL_CC }, { "Betreff", LABEL_SUBJECT },
	{ "Antwort an", LABEL_OTHER }, { "Priorität", LABEL_OTHER },
	{ "Wichtigkeit", LABEL_OTHER }, { "Anlagen", LABEL_OTHER },
	{ "Absender", LABEL_FROM }, { "Empfänger", LABEL_TO },
	/* fr */
	{ "De", LABEL_FROM }, { "Envoyé", LABEL_SENT },
	{ "Envoyé le", LABEL_SENT }, { "Date d'envoi", LABEL_SENT },
	{ "Message du", LABEL_SENT }, { "À", LABEL_TO }, { "A", LABEL_TO },
	{ "Copie", LABEL_CC }, { "Copie à", LABEL_CC },
	{ "Objet", LABEL_SUBJECT }, { "Sujet", LABEL_SUBJECT },
	{ "Expéditeur", LABEL_FROM }, { "Destinataire", LABEL_TO },
	{ "Répondre à", LABEL_OTHER }, { "Pièces jointes", LABEL_OTHER },
	/* es */
	{ "Enviado", LABEL_SENT }, { "Enviado el", LABEL_SENT },
	{ "Fecha", LABEL_DATE }, { "Para", LABEL_TO },
	{ "Asunto", LABEL_SUBJECT }, { "CC", LABEL_CC },
	{ "Remitente", LABEL_FROM }, { "Responder a", LABEL_OTHER },
	/* it */
	{ "Da", LABEL_FROM }, { "Inviato", LABEL_SENT },
	{ "Inviato il", LABEL_SENT }, { "Data", LABEL_DATE },
	{ "Data invio", LABEL_SENT }, { "Oggetto", LABEL_SUBJECT },
	{ "Mittente", LABEL_FROM }, { "Destinatario", LABEL_TO },
	{ "Cópia", LABEL_CC }, { "Rispondi a", LABEL_OTHER },
	/* nl */
	{ "Van", LABEL_FROM }, { "Verzonden", LABEL_SENT },
	{ "Verzonden op", LABEL_SENT }, { "Aan", LABEL_TO },
	{ "Onderwerp", LABEL_SUBJECT }, { "Afzender", LABEL_FROM },
	/* pt */
	{ "Enviada", LABEL_SENT }, { "Enviada em", LABEL_SENT },
	{ "Enviado em", LABEL_SENT }, { "Enviada a", LABEL_SENT },
	{ "Assunto", LABEL_SUBJECT },
	/* pl */
	{ "Od", LABEL_FROM }, { "Wysłano", LABEL_SENT },
	{ "Wysłane", LABEL_SENT }, { "Do", LABEL_TO }, { "DW", LABEL_CC },
	{ "UDW", LABEL_CC }, { "Temat", LABEL_SUBJECT },
	{ "Nadawca", LABEL_FROM }, { "Data wysłania", LABEL_SENT },
	/* sv */
	{ "Från", LABEL_FROM }, { "Skickat", LABEL_SENT },
	{ "Till", LABEL_TO }, { "Kopia", LABEL_CC }, { "Ämne", LABEL_SUBJECT },
	/* da nb */
	{ "Fra", LABEL_FROM }, { "Sendt", LABEL_SENT },
	{ "Dato", LABEL_DATE }, { "Til", LABEL_TO }, { "Kopi", LABEL_CC },
	{ "Emne", LABEL_SUBJECT },
	/* fi */
	{ "Lähettäjä", LABEL_FROM }, { "Lähetetty", LABEL_SENT },
	{ "Päivämäärä", LABEL_DATE }, { "Päiväys", LABEL_DATE },
	{ "Vastaanottaja", LABEL_TO }, { "Kopio", LABEL_CC },
	{ "Aihe", LABEL_SUBJECT },
	/* cs */
	{ "Odesláno", LABEL_SENT }, { "Odesílatel", LABEL_FROM },
	{ "Komu", LABEL_TO }, { "Kopie", LABEL_CC },
	{ "Předmět", LABEL_SUBJECT },
	/* ru */
	{ "От", LABEL_FROM }, { "От кого", LABEL_FROM },
	{ "Отправлено", LABEL_SENT }, { "Отправитель", LABEL_FROM },
	{ "Дата", LABEL_DATE }, { "Кому", LABEL_TO }, { "Копия", LABEL_CC },
	{ "Тема", LABEL_SUBJECT },
	/* uk */
	{ "Від", LABEL_FROM }, { "Від кого", LABEL_FROM },
	{ "Надіслано", LABEL_SENT }, { "Відправлено", LABEL_SENT },
	{ "Копія", LABEL_CC }, { "До", LABEL_TO },
	/* zh */
	{ "发件人", LABEL_FROM }, { "寄件者", LABEL_FROM },
	{ "寄件人", LABEL_FROM }, { "发送时间", LABEL_SENT },
	{ "发送日期", LABEL_SENT }, { "寄件日期", LABEL_SENT },
	{ "傳送時間", LABEL_SENT }, { "日期", LABEL_DATE },
	{ "时间", LABEL_DATE }, { "收件人", LABEL_TO }, { "收件者", LABEL_TO },
	{ "抄送", LABEL_CC }, { "副本", LABEL_CC }, { "主题", LABEL_SUBJECT },
	{ "主題", LABEL_SUBJECT }, { "主旨", LABEL_SUBJECT },
	/* ja */
	{ "差出人", LABEL_FROM }, { "送信者", LABEL_FROM },
	{ "送信日時", LABEL_SENT }, { "送信日", LABEL_SENT },
	{ "日時", LABEL_DATE }, { "日付", LABEL_DATE }, { "宛先", LABEL_TO },
	{ "件名", LABEL_SUBJECT },
	/* ko */
	{ "보낸 사람", LABEL_FROM }, { "보낸사람", LABEL_FROM },
	{ "보낸 날짜", LABEL_SENT }, { "보낸 시간", LABEL_SENT },
	{ "보냄", LABEL_SENT }, { "날짜", LABEL_DATE },
	{ "받는 사람", LABEL_TO }, { "받는사람", LABEL_TO },
	{ "참조", LABEL_CC }, { "제목", LABEL_SUBJECT },
	/* tr */
	{ "Kimden", LABEL_FROM }, { "Gönderen", LABEL_FROM },
	{ "Gönderildi", LABEL_SENT }, { "Gönderilme Tarihi", LABEL_SENT },
	{ "Gönderim Tarihi", LABEL_SENT }, { "Tarih", LABEL_DATE },
	{ "Kime", LABEL_TO }, { "Alıcı", LABEL_TO }, { "Bilgi", LABEL_CC },
	{ "Konu", LABEL_SUBJECT },
	/* ar */
	{ "من", LABEL_FROM }, { "تاريخ الإرسال", LABEL_SENT },
	{ "تم الإرسال", LABEL_SENT }, { "التاريخ", LABEL_DATE },
	{ "إلى", LABEL_TO }, { "نسخة", LABEL_CC }, { "الموضوع", LABEL_SUBJECT },
};

/* Behind ":" (ASCII or wide), blanks and stars before it; 0: none there. */
static size_t
label_end(struct slice s, size_t n)
{
	struct slice rest = cut_front(s, n);

	while (rest.len > 0 && (blank_at(rest) > 0 || rest.p[0] == '*'))
		rest = cut_front(rest, rest.p[0] == '*' ? 1 : blank_at(rest));
	if (rest.len > 0 && rest.p[0] == ':')
		return (size_t)(rest.p + 1 - s.p);
	return words_start(rest, "：") ? (size_t)(rest.p + 3 - s.p) : 0;
}

/* A cheap first look: the same letter, or neither is ASCII. */
static bool
may_start(char c, char word)
{
	return text_lower(c) == text_lower(word) ||
	    ((unsigned char)c >= 0x80 && (unsigned char)word >= 0x80);
}

unsigned
quote_header_label(struct slice line, struct slice *value_out)
{
	size_t i, n;

	line = skip_blanks(line);
	while (line.len > 0 && (line.p[0] == '*' || line.p[0] == '|' ||
	    blank_at(line) > 0))
		line = cut_front(line, blank_at(line) > 0 ? blank_at(line) :
		    1);
	if (line.len == 0 || memchr(line.p, ':', line.len < 60 ? line.len :
	    60) == NULL) {
		if (words_find((struct slice){ line.p, line.len < 60 ?
		    line.len : 60 }, "：") == NULL)
			return 0;
	}
	for (i = 0; i < sizeof labels / sizeof labels[0]; i++) {
		if (!may_start(line.p[0], labels[i].word[0]) ||
		    !words_start(line, labels[i].word))
			continue;
		n = label_end(line, strlen(labels[i].word));
		if (n == 0)
			continue;
		line = cut_front(line, n);
		while (line.len > 0 && (line.p[0] == '*' ||
		    blank_at(line) > 0))
			line = cut_front(line, line.p[0] == '*' ? 1 :
			    blank_at(line));
		*value_out = drop_blanks(line);
		return labels[i].label;
	}
	return 0;
}

/* -- rules ------------------------------------------------------------ */

static const char *const original_words[] = {
	"original message", "original mail", "original appointment",
	"ursprüngliche nachricht", "originalnachricht", "original-nachricht",
	"ursprungsnachricht", "ursprüngliche mail",
	"message d'origine", "message d’origine", "message original",
	"mail original", "message initial", "mensaje original", "mensagem original",
	"messaggio originale", "oorspronkelijk bericht",
	"originele bericht", "oorspronkelijke bericht",
	"oryginalna wiadomość", "wiadomość oryginalna",
	"wiadomość źródłowa", "ursprungligt meddelande",
	"originalmeddelande", "ursprungsmeddelande", "oprindelig meddelelse",
	"oprindelig besked", "original meddelelse", "opprinnelig melding",
	"opprinnelig e-post", "alkuperäinen viesti", "původní zpráva",
	"původní e-mail", "исходное сообщение", "оригинальное сообщение",
	"исходное письмо", "оригинал сообщения", "вихідне повідомлення",
	"оригінальне повідомлення", "початкове повідомлення", "原始邮件",
	"原邮件", "原始郵件", "原始信件", "元のメッセージ", "元メッセージ",
	"원본 메시지", "원본 메일", "원래 메시지", "원본메시지",
	"orijinal mesaj", "orijinal ileti", "özgün ileti", "özgün mesaj",
	"الرسالة الأصلية", "eredeti üzenet", "mesaj original", NULL
};
static const char *const forward_words[] = {
	"forwarded message", "forwarded mail", "forward message",
	"weitergeleitete nachricht", "weitergeleitete e-mail",
	"weitergeleiteten nachricht", "message transféré",
	"message transmis", "message réexpédié", "message transfere",
	"mensaje reenviado", "mensagem encaminhada", "mensagem reencaminhada",
	"messaggio inoltrato", "doorgestuurd bericht",
	"doorgezonden bericht", "przekazana wiadomość", "przekazywana wiadomość",
	"przekazywanej wiadomości", "przekazanej wiadomości",
	"wiadomość przekazana", "przesłana dalej", "treść przekazanej",
	"vidarebefordrat meddelande", "vidarebefordrat brev",
	"vidarebefordrat mejl", "videresendt meddelelse",
	"videresendt besked", "videresendt melding", "videresendt e-post",
	"videresendt e-mail", "videresendte meddelelse",
	"videresendte melding", "välitetty viesti",
	"edelleenlähetetty viesti", "välitetyn viestin",
	"edelleenlähetetyn viestin", "přeposlaná zpráva",
	"předaná zpráva", "přeposílaná zpráva", "přeposlané zprávy",
	"пересылаемое сообщение", "пересланное сообщение",
	"переадресованное сообщение", "пересылаемого сообщения",
	"пересланное письмо", "переслане повідомлення",
	"пересланого повідомлення", "перенаправлене повідомлення", "листа, що пересилається",
	"перенаправленное сообщение", "перенаправленного сообщения",
	"转发邮件", "转发的消息",
	"转发的邮件", "被转发邮件", "转发邮件信息", "轉寄郵件", "轉寄的郵件",
	"轉寄信件", "転送メッセージ", "転送されたメッセージ", "転送メール",
	"転送されたメール",
	"전달된 메시지", "전달 메시지", "전달된 메일", "전달된메시지",
	"yönlendirilmiş ileti", "yönlendirilen ileti", "iletilen mesaj",
	"iletilmiş ileti", "yönlendirilen mesaj", "رسالة معاد توجيهها",
	"رسالة محولة", "الرسالة المعاد توجيهها", "továbbított üzenet", NULL
};

static bool
is_row_char(char c)
{
	return c == '-' || c == '_' || c == '=' || c == '*' || c == '~' ||
	    c == '+' || c == '.' || c == '#';
}

/* "------------------ Original ------------------" */
static bool
is_titled_row(struct slice line, size_t min)
{
	struct slice core = quote_undecorated(line);

	return row_length(line) >= min && line.len <= 100 &&
	    core.len <= 30 && is_row_char(line.p[line.len - 1]) &&
	    memchr(core.p, ':', core.len) == NULL;
}

bool
quote_is_row(struct slice line, size_t min)
{
	line = quote_trim(line);
	if (line.len >= min && is_titled_row(line, min))
		return true;
	return line.len >= min && line.len <= LINE_MAX_SEEN &&
	    is_row_char(line.p[0]) && row_length(line) == line.len;
}

/* Is the line, rule characters off, made of words of the list and nothing else
 * but a few letters (an article, a date, ":")? */
static bool
is_mostly(struct slice core, const char *const *words)
{
	for (; *words != NULL; words++) {
		size_t n = strlen(*words);

		if (core.len >= n && core.len <= n + n / 2 + 4 &&
		    words_find(core, *words) != NULL)
			return true;
	}
	return false;
}

static const char *const begin_words[] = {
	"Begin ", "Anfang ", "Début ", "Inicio ", "Início ", "Inizio ",
	"Początek ", "Påbörja", "Börja", "Start på", "Begynnelse",
	"Början ", "Alkaa", "Začátek ", "Начало ", "Початок ", "开始",
	"開始", "転送", "전달", "İletilen", "بدء", NULL
};

/* ">>> Name <a@b> 23.11.2026 09:00 >>>": GroupWise, above all it quotes. */
static bool
is_groupwise(struct slice s)
{
	struct when w;

	if (!words_start(s, ">>> ") || !words_end(s, " >>>"))
		return false;
	w = find_when(s);
	return has_address(s) && w.time && (w.date || w.year);
}

enum quote_rule
quote_rule(struct slice line)
{
	struct slice s = quote_trim(line), core;
	size_t before;

	if (s.len < 6 || s.len > LINE_MAX_SEEN)
		return RULE_NONE;
	if (is_groupwise(s))
		return RULE_ORIGINAL;
	before = row_length(s);
	core = quote_undecorated(s);
	if (before >= 2) {
		if (is_mostly(core, forward_words))
			return RULE_FORWARDED;
		if (is_mostly(core, original_words))
			return RULE_ORIGINAL;
	}
	core.len -= colon_at_end(core);
	core = drop_blanks(core);
	if (colon_at_end(quote_undecorated(s)) > 0 && (words_start_any(core,
	    begin_words) || is_mostly(core, forward_words)) &&
	    words_find_any(core, forward_words) && core.len < 80)
		return RULE_FORWARDED;
	return RULE_NONE;
}

bool
quote_is_ruled(struct slice line)
{
	return is_groupwise(quote_trim(line)) ||
	    row_length(quote_trim(line)) >= 2;
}

/* -- our own ---------------------------------------------------------- */

bool
quote_is_ours(struct slice line)
{
	static const char ours[] = "Please write above this line";
	const char *p = words_find(line, ours);
	struct slice s = quote_trim(line);

	if (p == NULL)
		return false;
	/* "> -- Please … --": marks alone around it; as text it is a sentence */
	while (s.len > 0 && strchr("-|>*_#:~ ", s.p[0]) != NULL)
		s = cut_front(s, 1);
	s = quote_undecorated(s);
	return s.len == strlen(ours) ||
	    words_find(line, "-- Please write above this line --") != NULL;
}
