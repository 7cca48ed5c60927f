#include "base/text.h"
#include "parsers/sign_marks.h"
#include "parsers/words.h"

#define LINE_MAX_SEEN	300	/* bytes: longer lines are nobody's mark */
#define SCANNER_MAX	300	/* bytes of what a scanner adds */
#define BANNER_MAX	600	/* bytes of what a gateway puts on top */
#define TAG_MAX		60	/* bytes of its short form */
#define OUTLOOK_MAX	90	/* bytes of its line for phones */

static struct slice
cut_front(struct slice s, size_t n)
{
	return (struct slice){ s.p + n, s.len - n };
}

/* -- signatures ------------------------------------------------------- */

/* How the line that a phone or an app adds begins. */
static const char *const app_starts[] = {
	"Sent from my ", "Sent from Mail for Windows", "Sent from Outlook",
	"Sent from Yahoo", "Sent from TypeApp", "Sent from Samsung",
	"Sent from Gmail", "Sent from ProtonMail", "Sent from Proton Mail",
	"Sent from mobile", "Sent from an ", "Sent from the all new AOL",
	"Sent from AOL", "Sent from BlueMail", "Sent from Mailspring",
	"Sent from Spark", "Sent from Nine", "Sent from Workspace ONE",
	"Sent from iPhone", "Sent from iPad", "Sent from a ", "Sent with ",
	"Sent via ", "Sent using ", "Sent by my ", "Sent on the go",
	"Get BlueMail for",
	/* de */
	"Von unterwegs gesendet", "Gesendet von meinem", "Gesendet von Outlook",
	"Gesendet von Mail", "Gesendet von Yahoo", "Gesendet mit ",
	"Gesendet über ", "Gesendet aus ", "Gesendet von unterwegs",
	"Gesendet vom ", "Gesendet von iPhone", "Gesendet: von meinem",
	/* fr */
	"Envoyé de mon ", "Envoyé depuis ", "Envoyé à partir de ",
	"Envoyé via ", "Envoyé par mon ", "Envoyé avec ",
	/* es */
	"Enviado desde mi ", "Enviado desde ", "Enviado con ", "Enviado vía ",
	/* it */
	"Inviato da ", "Inviato dal ", "Inviato con ", "Inviata da ",
	"Inviato tramite ",
	/* nl */
	"Verzonden vanaf ", "Verstuurd vanaf ", "Verzonden met ",
	"Verstuurd met ", "Verstuurd via ", "Verzonden via ",
	/* pt */
	"Enviado do meu ", "Enviado a partir ", "Enviado do ",
	"Enviado da minha ", "Enviado através ", "Enviado via ",
	/* pl */
	"Wysłane z ", "Wysłano z ", "Wysłane przy ",
	/* sv da nb */
	"Skickat från ", "Skickades från ", "Sendt fra ", "Skickat med ",
	"Sendt med ",
	/* fi */
	"Lähetetty ",
	/* cs */
	"Odesláno z", "Odesláno pomocí",
	/* ru uk */
	"Отправлено с ", "Отправлено из ", "Отправлено от ", "Послано с ",
	"Надіслано з ", "Відправлено з ",
	/* zh ja ko */
	"发自我的", "发自我的", "来自我的", "发送自", "发自", "iPhoneから送信",
	"iPadから送信", "私のiPhoneから", "iPhone에서 보냄",
	/* tr ar */
	"iPhone'umdan gönderildi", "iPhone’umdan gönderildi",
	"iPad'imden gönderildi", "iPad’imden gönderildi", "أرسلت من",
	"تم الإرسال من", "أُرسلت من", "مرسل من", NULL
};
/* Beginnings that people write too, and the word that says who did. */
static const struct {
	const char	*start, *word;
} app_pairs[] = {
	{ "Von meinem ", "gesendet" }, { "Diese Nachricht wurde", "gesendet" },
	{ "Diese E-Mail wurde von meinem", "gesendet" },
	{ "Vanaf mijn ", "verzonden" }, { "Vanaf mijn ", "verstuurd" },
	{ "Von meinem/meiner ", "gesendet" },
	{ "从我的", "发送" }, { "從我的", "傳送" }, { "나의 ", "보냄" },
	{ "내 ", "보냄" }, { "Samsung ", "gönderildi" },
	{ "Fra min ", "sendt" }, { "Z mojego ", "wysłan" },
	{ "Моим ", "отправлено" }, { "Minun ", "lähetetty" },
};
/* And one of these must be in it: devices, programs, ways. */
static const char *const app_words[] = {
	"iphon", "ipad", "ipod", "android", "samsung", "galaxy", "blackberry",
	"outlook", "smartphone", "phone", "mobile", "mobil", "handy", "tablet",
	"windows", "yahoo", "gmail", "aol", "typeapp", "bluemail", "mailbox",
	"huawei", "xiaomi", "redmi", "nokia", "sony", "xperia", "htc", "lg ",
	"motorola", "oneplus", "pixel", "wiko", "oppo", "vivo", "honor",
	"lenovo", "zte", "proton", "gmx", "web.de", "k-9", "fairmail",
	"thunderbird", "mailspring", "spark", "nine", "device", "gerät",
	"appareil", "dispositivo", "toestel", "apparaat", "urządzenia",
	"telefon", "téléphone", "teléfono", "telefono", "telemóvel", "celular",
	"telefoon", "puhelim", "matkapuhelim", "телефон", "устройств",
	"смартфон", "айфон", "пристро", "手机", "手機", "から送信", "보냄",
	"보낸", "gönderil", "mail.ru", "почты", "mobiel", "mac", "watch",
	"zimbra", "workspace", "cellulare", "app", "الهاتف", "جهاز", "هاتف",
	"orange", "verizon", "t-mobile", "4g", "5g", NULL
};

/* Words that no app's line has, but a sentence that begins like one: "Sent from
 * my phone because the network is down". */
static const char *const sentence_words[] = {
	" because", " since ", " as ", " but ", " so ", " while ", " if ",
	" is ", " are ", " was ", " not ", "n't ", "n’t ", " cannot", " to all",
	" weil ", " denn ", " aber ", " ist ", " nicht ", " kann ",
	" obwohl ", " parce ", " car ", " mais ", " est ", " ne ", " pas ",
	" porque", " pero ", " no ", " está ", " perché", " perche", " ma ",
	" non ", " è ", " omdat", " maar ", " want ", " niet ", " mas ",
	" não ", " bo ", " ponieważ", " ale ", " nie ", " för att ", " men ",
	" inte ", " fordi ", " ikke ", " koska ", " mutta ", " ei ",
	" protože", " není ", " потому", " но ", " не ", " бо ", " але ",
	" we ", " you ", " get ", " gets ", " got ", " does ",
	" did ", " has ", " have ", " can ", " will ", " fails", " failed",
	" gives ", " ich ", " wir ", " geht ", " klappt ", " wird ",
	" kommt ", " je ", " ça ", " ik ", " yo ", " io ", " ja ", " jag ", " jeg ", " minä ", " já ", " я ", " мы ",
	"因为", "因為", "ので", "から、", "때문", " çünkü", " لأن", NULL
};

/* What comes before a comma: "Sent from my desk, which …" is a sentence. */
static struct slice
first_clause(struct slice s)
{
	const char *comma = memchr(s.p, ',', s.len);

	if (comma != NULL)
		s.len = (size_t)(comma - s.p);
	return s;
}

/* Without "<https://…>" or "(https://…)" behind. */
static struct slice
without_link(struct slice s)
{
	static const char *const links[] = {
		"<http", "(http", "[http", " http", "<mailto", NULL
	};
	const char *const *l;

	for (l = links; *l != NULL; l++) {
		const char *p = words_find(s, *l);

		if (p != NULL)
			s.len = (size_t)(p - s.p);
	}
	return quote_trim(s);
}

/* What Outlook on a phone writes; % is what it runs on. Exactly this, but for
 * blanks: people ask for Outlook too. */
static const char *const outlook_lines[] = {
	"Get Outlook for %", "Get the new Outlook for %",
	"Outlook für % beziehen", "Holen Sie sich Outlook für %",
	"Beziehen Sie Outlook für %", "Outlook für % herunterladen",
	"Laden Sie Outlook für % herunter",
	"Télécharger Outlook pour %", "Obtenez Outlook pour %",
	"Obtenir Outlook pour %",
	"Obtener Outlook para %", "Obtén Outlook para %",
	"Descargar Outlook para %",
	"Ottieni Outlook per %", "Scarica Outlook per %",
	"Outlook voor % downloaden", "Download Outlook voor %",
	"Outlook downloaden voor %", "Outlook voor % ophalen",
	"Obter o Outlook para %", "Obter Outlook para %",
	"Obtenha o Outlook para %", "Baixar o Outlook para %",
	"Pobierz program Outlook dla systemu %",
	"Pobierz aplikację Outlook dla systemu %",
	"Pobierz Outlook dla systemu %", "Pobierz Outlook dla %",
	"Uzyskaj aplikację Outlook dla systemu %",
	"Hämta Outlook för %", "Skaffa Outlook för %",
	"Hent Outlook til %", "Få Outlook til %", "Hent Outlook for %",
	"Få Outlook for %", "Skaff deg Outlook for %",
	"Last ned Outlook for %",
	"Hanki Outlook for %", "Hanki Outlook %:lle", "Hanki Outlook %lle",
	"Hanki Outlook %-käyttöjärjestelmälle", "Hanki % Outlook",
	"Lataa Outlook %:lle", "Lataa Outlook for %",
	"Získejte Outlook pro %", "Získat Outlook pro %",
	"Stáhnout Outlook pro %", "Získejte aplikaci Outlook pro %",
	"Скачать Outlook для %", "Получить Outlook для %",
	"Загрузить Outlook для %",
	"Завантажити Outlook для %", "Отримати Outlook для %",
	"获取 Outlook for %", "获取适用于 % 的 Outlook",
	"下载适用于 % 的 Outlook", "取得 % 版 Outlook",
	"取得 Outlook for %", "下載 % 版 Outlook",
	"Outlook for % を入手", "% 版 Outlook を入手", "% 版 Outlook を取得",
	"Outlook for % を取得",
	"%용 Outlook 받기", "%용 Outlook 다운로드", "%용 Outlook 가져오기",
	"Outlook for % 받기",
	"% için Outlook'u edinin", "% için Outlook’u edinin",
	"% için Outlook uygulamasını edinin",
	"الحصول على Outlook لـ %", "احصل على Outlook لـ %",
	"الحصول على Outlook for %", "احصل على Outlook for %",
	"الحصول على Outlook لنظام %", NULL
};
static const char *const outlook_systems[] = {
	"iOS", "Android", "Mac", "Windows", "iPhone", "iPad", NULL
};

/* Without any blank. */
static struct slice
squeeze(struct slice s, char out[OUTLOOK_MAX])
{
	struct slice rest = quote_trim(s);
	size_t n = 0;

	while (rest.len > 0 && n < OUTLOOK_MAX) {
		out[n++] = rest.p[0];
		rest = quote_trim(cut_front(rest, 1));
	}
	return (struct slice){ out, n };
}

static bool
is_system(struct slice s)
{
	const char *const *v;

	for (v = outlook_systems; *v != NULL; v++)
		if (slice_is(s, *v))
			return true;
	return false;
}

static bool
is_outlook_line(struct slice line)
{
	char left[OUTLOOK_MAX], right[OUTLOOK_MAX];
	const char *const *t, *hole;
	struct slice s, front, back;

	if (line.len > OUTLOOK_MAX || words_find(line, "Outlook") == NULL)
		return false;
	s = squeeze(line, left);
	for (t = outlook_lines; *t != NULL; t++) {
		hole = strchr(*t, '%');
		front = squeeze((struct slice){ *t, (size_t)(hole - *t) },
		    right);
		if (s.len < front.len || memcmp(s.p, front.p, front.len) != 0)
			continue;
		line = cut_front(s, front.len);
		back = squeeze(slice_of(hole + 1), right);
		if (line.len <= back.len || memcmp(line.p + line.len -
		    back.len, back.p, back.len) != 0)
			continue;
		line.len -= back.len;
		if (is_system(line))
			return true;
	}
	return false;
}

/* The same with its link in the middle, in whichever language: "Outlook für
 * iOS<https://aka.ms/o0ukef> beziehen". */
static bool
is_outlook_link(struct slice line)
{
	const char *link = words_find(line, "<https://aka.ms/");
	const char *close = link == NULL ? NULL :
	    memchr(link, '>', (size_t)(line.p + line.len - link));
	struct slice before;

	if (close == NULL || line.len > 2 * OUTLOOK_MAX)
		return false;
	before = (struct slice){ line.p, (size_t)(link - line.p) };
	return before.len <= OUTLOOK_MAX &&
	    line.p + line.len - close <= OUTLOOK_MAX / 2 &&
	    words_find(line, "Outlook") != NULL &&
	    words_find_any(line, outlook_systems) &&
	    !words_find_any(line, sentence_words);
}

bool
sign_is_app(struct slice line)
{
	struct slice s;
	size_t i;

	if (line.len > LINE_MAX_SEEN)
		return false;
	s = quote_undecorated(without_link(quote_trim(line)));
	while (s.len > 0 && (s.p[0] == '[' || s.p[0] == '<' || s.p[0] == '('))
		s = cut_front(s, 1);
	if (is_outlook_link(line) || is_outlook_line(s))
		return true;
	if (s.len == 0 || s.len > 110 || s.p[s.len - 1] == '?' ||
	    words_find_any(first_clause(s), sentence_words))
		return false;
	for (i = 0; i < sizeof app_pairs / sizeof app_pairs[0]; i++)
		if (words_start(s, app_pairs[i].start) &&
		    words_find(s, app_pairs[i].word) != NULL)
			return words_find_any(s, app_words);
	return words_start_any(s, app_starts) &&
	    words_find_any(first_clause(s), app_words);
}

enum quote_sureness
sign_mark(struct slice line)
{
	struct slice s = quote_trim(line);

	if (slice_is(line, "-- ") || slice_is(line, "--\xc2\xa0"))
		return QUOTE_SURE;
	if (slice_is(s, "--") || slice_is(s, "—") || slice_is(s, "––") ||
	    slice_is(s, "——") || slice_is(s, "__"))
		return QUOTE_WEAK;
	return QUOTE_NOT;
}

bool
sign_is_prose(struct slice paragraph)
{
	static const char *const ends[] = { ".", "?", "!", "。", "？", "！", "؟" };
	struct slice s = quote_trim(paragraph);
	size_t i, words = 1;
	bool ended = false;

	if (s.len == 0 || s.p[0] == '"' || words_start(s, "“") ||
	    words_start(s, "„") || words_start(s, "«"))
		return false;
	for (i = 0; i < sizeof ends / sizeof ends[0]; i++)
		ended = ended || words_end(s, ends[i]);
	for (i = 0; i < s.len; i++)
		words += s.p[i] == ' ' || s.p[i] == '\n';
	/* without blanks between words, every third byte counts for a half */
	if (words < 4 && (unsigned char)s.p[0] >= 0xe0)
		words += s.len / 6;
	return ended && words >= 8 && words_find(s, "http") == NULL &&
	    words_find(s, "www.") == NULL && !sign_is_disclaimer(s);
}

/* -- boilerplate ------------------------------------------------------ */

static const char *const secret_words[] = {
	"confidential", "privileged", "intended only", "intended solely",
	"intended for the", "intended recipient", "if you are not the",
	"received this", "in error", "notify the sender", "disclos",
	"unauthorized", "unauthorised", "delete this", "destroy",
	"vertraulich", "bestimmt", "irrtümlich", "unbefugt", "empfänger",
	"vernichten", "confidentiel", "destinataire", "par erreur",
	"confidencial", "destinatario", "por error", "prohibid",
	"riservat", "per errore", "destinatari", "vertrouwelijk",
	"geadresseerde", "bestemd", "poufn", "adresat", "konfidentiell",
	"fortrolig", "luottamuksel", "důvěrn", "конфиденциальн",
	"конфіденційн", "adressaten", "機密", "保密", "비밀", "gizli",
	"سري", "copyright", "viruses", "virus", NULL
};
static const char *const secret_starts[] = {
	"This e-mail", "This email", "This message", "The information",
	"The contents of this", "Confidential", "CONFIDENTIAL", "Disclaimer",
	"NOTICE", "Notice", "IMPORTANT NOTICE", "Important notice",
	"This communication", "The content of this", "Any views",
	"Diese E-Mail", "Diese Nachricht", "Der Inhalt dieser",
	"Vertraulich", "Haftungsausschluss", "Die Information",
	"Ce message", "Ce courriel", "Cet e-mail", "Cet email", "Ce mail",
	"Este mensaje", "Este correo", "La información", "Aviso legal",
	"Aviso de confidencialidad", "AVISO", "Esta mensagem", "Este e-mail",
	"Este email", "Questo messaggio", "Questa e-mail", "Questa email",
	"Le informazioni", "AVVERTENZE", "Dit bericht", "Deze e-mail",
	"De informatie", "Ta wiadomość", "Niniejsza wiadomość",
	"Treść tej wiadomości", "Detta meddelande", "Detta e-post",
	"Denne e-mail", "Denne e-post", "Denne meddelelse", "Tämä viesti",
	"Tämä sähköposti", "Tato zpráva", "Tento e-mail", "Это сообщение",
	"Данное сообщение", "Цей лист", "Це повідомлення", "本邮件",
	"本郵件", "このメール", "이 메일", "본 메일", "Bu e-posta", "Bu mesaj",
	"Bu ileti", "هذه الرسالة", NULL
};
/* Lines that scanners and mail programs add below. */
static const char *const scanner_starts[] = {
	"Virus-free. www.av", "Virus-free.www.av", "Virenfrei. www.av",
	"Virenfrei.www.av", "Sans virus. www.av", "Sans virus.www.av",
	"Libre de virus. www.av", "Libre de virus.www.av",
	"Privo di virus. www.av", "Privo di virus.www.av",
	"Virusvrij. www.av", "Virusvrij.www.av", "Livre de vírus. www.av",
	"Livre de vírus.www.av", "Wolny od wirusów. www.av",
	"Wolny od wirusów.www.av",
	"This email has been checked for viruses",
	"Diese E-Mail wurde von Avast", "No virus found in this",
	"This email was scanned by", "This message has been scanned",
	"Scanned by ", "P Please consider the environment",
	"Please consider the environment before",
	"Think before you print", "Bitte denken Sie an die Umwelt", NULL
};
static const char *const scanner_words[] = {
	"www.av", "avast", "avg", "virus", "malware", "mailscanner",
	"mimecast", "print", "druck", NULL
};
/* Nobody's lawyers say "I". */
static const char *const first_persons[] = {
	" i'm ", " i’m ", " i've ", " i’ve ", " my ", " ich ", " mein",
	" mir ", " je ", " j'ai ", " j’ai ", " mon ", " yo ", " mi ", " mis ",
	" io ", " mio ", " ik ", " mijn ", " meu ", " minha ",
	" mój ", " moje ", " jag ", " mitt ", " jeg ", " min ", " minä ",
	" můj ", " мой ", " моя ", " мені ", " я ", " мне ", "我的", "私の",
	" benim ", NULL
};

static bool
says_i(struct slice s)
{
	/* " i " is a word of many languages, " I " of one */
	return words_find_any(s, first_persons) ||
	    memmem(s.p, s.len, " I ", 3) != NULL;
}

/* These alone are what gateways say ... */
static const char *const banner_words[] = {
	"originated from outside", "originated outside",
	"from outside of the organi", "from outside the organi",
	"from outside our organi", "from an external sender",
	"do not click links", "do not click on links",
	"you don't often get email from", "you don’t often get email from",
	"some people who received this message don't often get",
	"von außerhalb der", "provient de l'extérieur",
	"sie erhalten nicht häufig e-mails", "sie erhalten nicht oft",
	"vous n'obtenez pas souvent", "vous ne recevez pas souvent",
	"no suele recibir correo", "non si ricevono spesso messaggi",
	"u ontvangt niet vaak", NULL
};
/* ... and these where they stand in front, in capitals or brackets. */
static const char *const banner_tags[] = {
	"[EXTERNAL", "[EXT]", "[EXTERN]", "[Extern]", "[External]",
	"EXTERNAL EMAIL", "EXTERNAL SENDER", "EXTERNAL E-MAIL",
	"EXTERNAL MAIL", "CAUTION: EXTERNAL", "CAUTION: External",
	"WARNING: EXTERNAL", "WARNING: External", "ATTENTION: EXTERNAL",
	"EXTERNE E-MAIL", "ACHTUNG: EXTERNE", "ACHTUNG: Externe",
	"VORSICHT: Externe", "COURRIEL EXTERNE", "CORREO EXTERNO", NULL
};
static const char *const banner_tag_words[] = {
	"external", "extern", NULL
};

static bool
starts_as(struct slice s, const char *const *list)
{
	size_t n;

	for (; *list != NULL; list++) {
		n = strlen(*list);
		if (s.len >= n && memcmp(s.p, *list, n) == 0)
			return true;
	}
	return false;
}


bool
sign_is_disclaimer(struct slice paragraph)
{
	struct slice s = quote_undecorated(paragraph);
	const char *const *w;
	bool scanner = s.len <= SCANNER_MAX &&
	    words_start_any(s, scanner_starts);
	int hits = 0;

	if (!scanner && (s.len < 80 || s.len > 6000 ||
	    !words_start_any(s, secret_starts)))
		return false;
	if (says_i(s))
		return false;
	if (scanner)
		return words_find_any(s, scanner_words);
	for (w = secret_words; *w != NULL; w++)
		hits += words_find(s, *w) != NULL;
	return hits >= 3;
}

bool
sign_is_banner(struct slice paragraph)
{
	static const char *const starts[] = {
		"CAUTION", "Caution", "EXTERNAL", "External", "[EXT",
		"WARNING", "You don't", "You don’t", "Some people who",
		"ACHTUNG", "Achtung", "VORSICHT", "Vorsicht", "EXTERN",
		"ATTENTION", "Attention", "This email originated",
		"This message originated", "Sie erhalten", "Vous n", "U ontv",
		"No suele", "Non si ricevono", "ATTENZIONE", "[Extern", "[EXTERN",
		"PRECAUCIÓN", "LET OP", "This e-mail originated", NULL
	};
	struct slice s = quote_undecorated(paragraph);

	if (s.len > BANNER_MAX || says_i(s))
		return false;
	return (words_start_any(s, starts) &&
	    words_find_any(s, banner_words)) ||
	    (s.len <= TAG_MAX && starts_as(s, banner_tags) &&
	    words_find_any(s, banner_tag_words));
}
