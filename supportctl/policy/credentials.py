"""Finds the credentials and possible licence keys in a text, and masks them (8.5, 8.6).

The text is read in a folded form (width, case, accents, invisible characters, other scripts' digits and look-alike
letters do not count) that remembers where each character came from. In it a secret is a *label* ("password", "mdp",
"пароль" …) with a value, an Internet-ID with a value, or an address with a value. How much a value must look like a
password depends on how it is announced: after "password:" a plain word will do if no talk goes on behind it, after
"the password is" it takes a digit, a symbol or quotes, since "the password is wrong" is no secret.

Every pattern is bounded and tried at few places, so time grows with the length of the text and no faster.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import accumulate
from typing import NamedTuple

from supportctl.policy.identity import fold_key


class Secret(NamedTuple):
    """A stretch of the text as given that must not be kept on an open channel (8.6).

    `what` is "password", "address-password" (the password said with an address), "internet-id" (an Internet-ID that
    stands with its password; alone it is no secret) or "licence-key" (never found here: only the store knows them).
    """

    start: int
    end: int
    what: str


PASSWORD, ADDRESS_PASSWORD, INTERNET_ID, LICENCE_KEY = "password", "address-password", "internet-id", "licence-key"
_MARKS = {
    PASSWORD: "[removed: password (8.6)]",
    ADDRESS_PASSWORD: "[removed: password (8.6)]",
    INTERNET_ID: "[removed: Internet-ID (8.6)]",
    LICENCE_KEY: "[removed: licence key (8.6)]",
}


def find_secrets(text: str) -> list[Secret]:
    """The credentials in the text (8.5, 8.6), in order, not overlapping; positions are those of the text as given."""
    reading = _Reading(text)
    found = sorted(
        {*_labelled(reading), *_after_ids(reading), *_with_addresses(reading), *_for_users(reading)},
        key=lambda secret: (secret.start, -secret.end),
    )
    return _apart(_with_their_ids(reading, found))


def redact(text: str, secrets: Sequence[Secret]) -> str:
    """The text with each secret replaced by a mark that cites 8.6; secrets that overlap become one mark."""
    pieces: list[str] = []
    done = 0
    for secret in _apart(sorted(secrets)):
        pieces += (text[done : secret.start], _MARKS[secret.what])
        done = secret.end
    return "".join(pieces) + text[done:]


def _apart(secrets: Sequence[Secret]) -> list[Secret]:
    """Secrets sorted by their start, the overlapping ones merged under the name of the first."""
    apart: list[Secret] = []
    for secret in secrets:
        if apart and secret.start < apart[-1].end:
            apart[-1] = apart[-1]._replace(end=max(apart[-1].end, secret.end))
        else:
            apart.append(secret)
    return apart


# --- The folded text ------------------------------------------------------------------------------------------------

# What looks like an ASCII character and does not decompose to it, in pairs of strings of equal length. Applied to the
# vocabulary as well, so that words of the scripts that lend their letters are still found.
_LOOKALIKES = (
    # Cyrillic, Greek, Armenian
    (
        "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u051b\u051d\u04bb\u0432\u043d\u043a",
        "aeopcyxijsdqwhbhk",
    ),
    (
        "\u043c\u0442\u0433\u04cf\u03b1\u03b5\u03b9\u03ba\u03bd\u03bf\u03c1\u03c3\u03c4\u03c5\u03c7\u03c9",
        "mtrlaeikvopstuxw",
    ),
    (
        "\u0585\u057d\u0578\u0570\u0566\u0261\u0269\u0131\u0142\u00f8\u0111\u0127\u0237\u0251\u01c0\u04c0",
        "ounhqgiilodhjall",
    ),
    # Small capitals
    (
        "\u1d00\u0299\u1d04\u1d05\u1d07\ua730\u0262\u029c\u026a\u1d0a\u1d0b\u029f\u1d0d\u0274\u1d0f\u1d18",
        "abcdefghijklmnop",
    ),
    ("\u0280\ua731\u1d1b\u1d1c\u1d20\u1d21\u028f\u1d22", "rstuvwyz"),
    # Quotation marks
    (
        "\u2018\u2019\u201a\u201b\u2039\u203a\u02bc\u201c\u201d\u201e\u201f\u00ab\u00bb\u300c\u300d\u300e\u300f\u301d\u301e",
        "'''''''" + '"' * 12,
    ),
    # Separators: colons, equals signs, slashes, bars, dashes, dots of a list
    ("\u2236\ua789\u02d0\u02f8\u0589\u05c3\u0703\u0704\u16ec\u205a\u1365\u1361\u1803\u1809\u05f4", ":" * 15),
    ("\ua78a\u1400\u30a0\u2e40\u2550", "=" * 5),
    (
        "\u2044\u2215\u29f8\u2571\u2223\u2502\u2503\u00a6\u2551\u2212\u2010\u2011\u30fc\u2500\u2043\u02d7",
        "////|||||-------",
    ),
    # Arrows: between a label and its value, or from menu to menu
    ("\u2192\u21d2\u279c\u2794\u27a1\u27f6\u25b6\u25ba\u21a6\u2799\u21e8", "|" * 11),
    # Persian letters where an Arabic keyboard has others
    ("\u06cc\u0649\u06a9\u0629", "\u064a\u064a\u0643\u0647"),
)
_LINE_ENDS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
_FILLERS = "\u115f\u1160\u2800"  # letters and a symbol by name, blanks to the eye
_LETTER_SETS = (0x1F130, 0x1F150, 0x1F170, 0x1F1E6)  # squared, negative circled, negative squared, regional indicators
_LONGEST_FOLD = 6  # some ligatures stand for whole sentences


class _Folds(dict[str, str]):
    """What each character is folded to, filled in as characters are met."""

    def __missing__(self, char: str) -> str:
        folded = self[char] = "".join(map(self._one, _spelled_out(char)))[:_LONGEST_FOLD]
        return folded

    @staticmethod
    def _one(char: str) -> str:
        category = unicodedata.category(char)
        if char in _FILLERS or category in ("Mn", "Me", "Cf", "Cn") or (category == "Cc" and char not in "\t\n"):
            return ""
        if category in ("Zs", "Pd"):
            return " " if category == "Zs" else _lookalikes().get(char, "-")
        digit = unicodedata.digit(char, None)
        return _lookalikes().get(char, char) if digit is None else str(digit)


@cache
def _folds() -> _Folds:
    return _Folds()


@cache
def _lookalikes() -> dict[str, str]:
    return {char: plain for odd, even in _LOOKALIKES for char, plain in zip(odd, even, strict=True)}


def _spelled_out(char: str) -> str:
    """The character decomposed, in lower case; ends of line of all kinds are one."""
    if char in _LINE_ENDS:
        return "\n"
    for first in _LETTER_SETS:
        if first <= ord(char) < first + 26:
            return chr(ord(char) - first + ord("a"))
    return unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).casefold())


def _fold(text: str) -> str:
    return "".join(map(_folds().__getitem__, text))


class _Reading:
    """A text and its folded form, with the way back."""

    def __init__(self, source: str) -> None:
        self.source = source
        plain = source.isascii() and not _compiled(r"[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f]").search(source)
        self._pieces = [] if plain else list(map(_folds().__getitem__, source))
        self.text = source.lower().replace("\r", "\n") if plain else "".join(self._pieces)
        self._ends: list[int] = []
        self._ids: list[tuple[int, int]] | None = None

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """Where a stretch of the folded text stands in the source, invisible characters behind it included."""
        if not self._pieces:
            return start, end
        if not self._ends:
            self._ends = list(accumulate(map(len, self._pieces)))
        return bisect_right(self._ends, start), bisect_right(self._ends, end - 1) + 1

    def written(self, start: int, end: int) -> str:
        """The stretch as it was written, but for width and the like."""
        first, last = self.origin(start, end)
        return unicodedata.normalize("NFKC", self.source[first:last])

    def secret(self, start: int, end: int, what: str) -> Secret:
        """The stretch of the folded text as a secret of the source; one cut off by its limit, to the next blank."""
        if end - start >= _LONGEST_VALUE - len(_TRAILING) and (more := _compiled(r"\S{1,4096}").match(self.text, end)):
            end = more.end()
        return Secret(*self.origin(start, end), what)

    @property
    def ids(self) -> list[tuple[int, int]]:
        """Where the text has what could be an Internet-ID: nine digits or more, in groups."""
        if self._ids is None:
            self._ids = [match.span() for match in _compiled(_ID).finditer(self.text) if _is_id(match[0])]
        return self._ids

    def id_near(self, start: int, end: int) -> bool:
        """Whether an Internet-ID or an address stands close by."""
        at = bisect_left(self.ids, (start - _NEAR, 0))
        if at < len(self.ids) and self.ids[at][0] < end + _NEAR:
            return True
        return bool(_compiled(_ADDRESS).search(self.text, max(0, start - _NEAR), end))


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """The verbose pattern, §NAME§ in it standing for any word of that part of the vocabulary."""
    return re.compile(re.sub("§([A-Z]+)§", lambda name: _any_of(_VOCABULARY[name[1]]), pattern), re.VERBOSE)


# --- The vocabulary: one line a language, roughly -------------------------------------------------------------------

# A value may follow these as a plain word. They may be the last part of a longer word (Hostpasswort, DB_PASSWORD).
_LABELS = """
    password/passwd/passphrase/passcode/pass word/pass-word/pass phrase/pasword/passwrd
    p@ssword/passw0rd/p@ssw0rd/pa$$word/p@$$w0rd
    p a s s w o r d/p.a.s.s.w.o.r.d/p-a-s-s-w-o-r-d/p_a_s_s_w_o_r_d/access code/accesscode/login code
    passwort/kennwort/zugangscode/losungswort/p a s s w o r t
    mot de passe/mots de passe/mot-de-passe/motdepasse/code d'acces
    contraseña/contrasenya/código de acceso
    senha/palavra-passe/palavra passe/código de acesso
    parola d'ordine/codice di accesso/codice d'accesso
    wachtwoord/toegangscode
    adgangskode/kodeord/lösenord/åtkomstkod/passord/salasana/lykilorð
    hasło/hasła/hasłem/hasle/kod dostępu
    heslo/hesla/heslem/přístupový kód/geslo/lozinka/šifra/zaporka
    пароль/пароля/паролем/паролю/паролі/код доступа/код доступу/парола/лозинка/шифра
    şifre/parola/erişim kodu
    jelszó/jelszav/parolă/parool/salasõna/slaptažodis/parole
    κωδικός πρόσβασης/κωδικός/συνθηματικό
    mật khẩu/kata sandi/kata laluan/katalaluan
    密码/密碼/口令/暗码/暗碼/通行码
    パスワード/暗証番号/パスコード/合言葉
    비밀번호/패스워드/비번/암호/비밀 번호
    كلمة المرور/كلمة السر/كلمة مرور/كلمة سر/الرقم السري/الباسورد/باسورد/رمز عبور/گذرواژه/پسورد
    סיסמה/סיסמא/הסיסמה
    รหัสผ่าน/พาสเวิร์ด/पासवर्ड/কূটশব্দ/পাসওয়ার্ড/கடவுச்சொல்
"""
# Short ones: whole words only. After the weak ones a word or a number needs an ID, an address or a user close by.
_SHORT_LABELS = "pw pwd psw passw mdp pswd pin pincode pin-code пин пин-код"
_WEAK_LABELS = "pass clave kode kod пасс secret"

_IS = """
    is was are 's ist war wurde lautet est c'est es e era er lyder ar var to je jest brzmi on la este είναι это є це
    是 为 為 は が 은 는 이 가 هي هو است היא הוא คือ है adalah yaitu
"""
_IS_MORE = r"(?:\s(?:now|still|currently|just|simply|jetzt|nun|toujours|ahora|agora|ora|nu|teraz|nyni|сейчас))?"
_SET_TO = r"(?:\s(?:set|changed|reset)){0,1}(?:\s(?:to|auf|en|a|na|til))?"
_ABOUT = """
    for to on of at in from für zum zur vom von des am im auf du de pour sur au la le del della dello para do da no
    per al alla til på fra voor van op i k do na w v u od ke для от до від к на của من ل
"""
_AND = """
    and und et y e og och i a и та й en ve sowie or & + - / |
    please pls thanks thx bitte danke merci gracias obrigado grazie пожалуйста спасибо
"""
_USERS = """
    user username login account admin id internet-id benutzer benutzername nutzer anmeldename konto utilisateur
    identifiant compte usuario cuenta utente conto gebruiker bruger brugernavn anvandare uzytkownik uzivatel логин
    пользователь имя користувач kullanici 用户名 用户 账号 帐号 ユーザー 사용자 아이디 مستخدم
    host server domain port email mail pc
"""
_ROLES = "admin administrator administrador administrateur root user support sysadmin operator service sa guest remote"

# Words that say something about a password where one might stand, by language.
_TALK = """
    a about above again all already always an and any anything as ask asked at bad be because been before below best
    blank both broken but by can case change changed check checked clear confirm contact correct cleared default
    denied different do does doesnt don't done each either else email empty encrypted enter error expired fail failed
    fails false field fine first following for forget forgot forgotten from good got greyed had has have he hello help
    here hi hidden how i identical if ignored in incorrect invalid is issue it its just kept known later left less
    letters like locked long lost mandatory masked match matches maybe me mine mismatch missing more must my name need
    needed needs never new next no nobody none not nothing now null nil ok okay old on once one only optional or other
    our per please pending plain pm private problem prompt protected question redacted rejected removed required reset
    retry right safe same saved see seems sent set she short should since some someone something soon still stored
    strong such sure tba tbd tested thanks thank that the their them then there these they this ticket to todo token
    too true try twice two type typed unchanged undefined unknown unset unused until update urgent use used user
    username valid very via was we weak well were what when where which while who why will with without won't works
    working would wrong yes you your yours fixed disabled enabled off solved resolved impossible confidential given
    provided tbc string value text varchar char int object class function var let const password passwort
    pass pwd pw kennwort clave contrasena senha haslo heslo mdp wachtwoord parola sifre
    aber alle alt auch auf bitte das dasselbe dem den der die ein eine erforderlich falsch fehlerhaft fehlt frage für
    geändert ging gleich gesetzt gesperrt gespeichert hallo hilfe ich im immer ist ja kein keine keins korrekt leer
    mein mit nein neu nicht nichts nötig notwendig nur oder ohne passt pflichtfeld richtig siehe stimmt ticket und
    unbekannt ungültig verborgen vergessen verloren verschlüsselt versteckt von wann warum was wie wird wo wurde zu
    zurückgesetzt optional abgelaufen
    aucun aucune avec bon bonne c'est caché comme correct correcte de demandé des différent du en erroné et exigé
    expiré faux fausse identique ignoré impossible inchangé inconnu incorrect incorrecte invalide je la le les
    manquant même mon ne non obligatoire oublié ou oui pas perdu pour pourquoi quel quelle rejeté refusé requis
    réinitialisé sans un une valide vide voir votre vérifié optionnel facultatif aide
    cambiada como con correcta correcto cual cuál de desconocida desconocido distinta el en errónea erronea es esta
    expirada falta igual incorrecta incorrecto inválida la mi mismo misma necesaria ninguna ninguno no obligatoria
    obligatorio oculta olvidada olvidado olvide para perdida pero por que qué requerida se si sí sin tu un una vacia
    vacía ver válida ayuda opcional
    atual desconhecida diferente errada escondida esquecida esquecido esqueci expirou faltando igual incorreta
    inválida mesma minha nada nao não nenhuma nova obrigatória obrigatorio perdida qual quando requerida sem sim vazia
    ajuda correta oculto
    assente bloccata cambiata che come corretta dimenticata dimenticato diversa errata nessuna nascosta necessaria
    niente obbligatoria perduta persa perché quale richiesta riconosciuta rifiutata sbagliata scaduta sconosciuta
    senza stessa vedi vuota valida facoltativa aiuto uguale
    dezelfde fout foutief geen hetzelfde hoe juist leeg mijn niet nieuw onbekend onjuist ongeldig ontbreekt optioneel
    vereist vergeten verkeerd verlopen verplicht waar waarom wat zie zonder verborgen goed hulp
    forkert fejl glemt hvad hvor hvordan hvorfor ikke ingen intet korrekt krævet kræves min mangler nej ny opdateret
    påkrævet rigtig samme se skjult tom tomt udløbet ukendt ugyldig valgfri virker glömt fel felaktig okänt saknas
    samma krävs nytt feil ukjent påkrevd gammelt glemte hjelp hjælp hjälp
    väärä unohtunut unohdin tyhjä ei sama tuntematon vaaditaan
    bez błędne brak brakuje inne moje nie nieprawidłowe nieznane nowe opcjonalne patrz puste poprawne pomocy stare
    takie tak to samo ukryte wygasło wymagane zapomniane zapomniałem zapomniałam zmienione złe zobacz błąd
    chybí chybné jiné moje nefunguje neplatné nesprávné nové není neznámé povinné prázdné skryté stejné správné špatné
    viz zapomenuté zapomněl zapomněla zabudol neviem vypršelo žádné nevím zaboravljena zaboravljeno nema pogrešna
    pozabljeno ista
    нет да не неверный неправильный забыл забыла забыт обязателен обязательно пустой скрыт смотрите см тот такой любой
    немає ні так забув забула невірний неправильний порожній обов'язковий дивіться
    unuttum unutuldu yanliş yok evet hayir boş gerekli zorunlu ayni geçersiz hatali eski yeni bilinmiyor kayip nasil
    elfelejtettem elfelejtett hibás helytelen nincs üres ismeretlen kötelező azonos rossz uitată uitata greșită
    incorectă lipsește obligatorie necunoscută aceeași goală vale unustatud neteisingas pamiršau
    salah lupa kosong wajib sai quên đúng trống không bắt buộc
"""
# English words that describe rather than name: "the password is accepted".
_DESCRIBING = r"\w*(?:ed|ing|ly|ble|ous|ive|ful|less|al|ic|ent|ant|ary|en|nt|secret|secure|test|normal)"
_UNITS = """
    char bit byte digit letter symbol word day hour minute min sec month week year time attempt zeichen ziffer
    buchstab stell tage stund minut caract chiffre lettre jour heure carat cifre letra digito dia hora tecken tegn
    merki teken cijfer znak zn simbol символ знак букв цифр дн karakter hane harf haner karak حرف أحرف th nd rd st
    user pc mal x k h mb gb ms
"""
# No password anywhere: versions, error codes, dates, times, ranges, links, paths.
_TECHNICAL = r"""
    v?\.?\d{1,5}(?:\.[\dx]{1,6}){1,5}[a-z]?\d{0,3} | 0x[0-9a-f]{1,16} | [a-z]{0,3}\d{4}-\d\d-\d\d\S{0,16}
    | \d{1,2}:\d\d\S{0,6} | \d{1,4}[-/.]\d{1,2}[-/.]\d{1,4} | \d{1,3}% | \d{1,3}[-+]\d{0,3} | \#\d{1,9}
    | \S{0,20}(?:://|www\.)\S{0,200} | [a-z]:\\\S{0,200} | \\\\\S{0,200}
"""
# Names with digits in them that come up where people talk of passwords; secrets only where one is plainly announced.
_NAMES = r"""
    sha-?\d{1,3} | md[45] | aes-?\d{1,3} | rsa-?\d{1,4} | pbkdf2 | argon2\w{0,2} | base\d\d | utf-?\d{1,2} | \d-?fa
    | wpa\d\S{0,10} | ipv\d | tls\S?\d\S{0,3} | smbv?\d | ntlmv?\d | oauth\d | saml\d | http/?\d | ws-?\d{4} | l2tp
    | (?:win|windows|android|ios|macos|debian|ubuntu|centos|rhel|fedora)-?v?\d{1,5}\S{0,4} | ikev\d | [a-z]2fa | mfa2
    | (?:office|server|outlook|exchange|sql|keepass|chrome|firefox)-?v?\d{1,5}\S{0,4} | x\d\d(?:_\d\d)? | \d\d-?bit\w?
    | \w{0,3}kb\d{6,8} | [bfpqrv]\d{1,4} | rc\d{1,2} | m[123]\w{0,3} | i[3579](?:-\w{1,8})? | usb\d\S{0,3}
    | (?:error|err|code|page|step|version|viewer|host|port|logs?|pc|user|srv)-?\d{1,6}(?:\.\S{1,10})?
    | (?:test|no\.?|nr\.?|ru)-?\d{1,6}(?:\.\S{1,10})?
    | \d{1,6}/\w{1,10} | [^\s@]{1,64}@[^\s@.]{1,63}(?:\.[^\s@.]{1,63}){1,5}
    | [a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,5}\.[a-z]{2,12}
"""
_PLACEHOLDER = r"""
    \$[{(]?[a-z_][a-z_.:]{0,60}[})]? | \$[{(]\S{0,60} | %\w{1,60}% | ![\w!].{0,60}!
    | %[sd@] | \{\{\S{0,60} | @[a-z_]{1,30}(?:\(.{0,30})?
    | &[a-z]{1,8};? | .{0,8}(?:\*\*|\.\.\.|___|xxx).{0,100} | ([^\d])\1{2,127} | [x*.\-_?#]{1,128}
    | [a-z_.]{1,40}\((?:["'a-z_]\S{0,60})? | your[-_ ]?\S{0,30} | my[-_]?pass(?:word|wort)?
    | \w{0,3}redacted\S{0,20} | \[removed:.{0,40}
"""

_ID = r"""
    (?:(?<![a-z0-9.,+-])|(?<=id)) \d{3,4}(?:(?:[ ]?[-._][ ]?|[ ])\d{3,4}){2,4} (?![a-z0-9-]|[.,]\d)
    | (?:(?<=id[ ])|(?<=id:)|(?<=id:[ ])) \d{9,12}(?!\d)
"""
_IP = r"\d{1,3}(?:\.\d{1,3}){3}"
_MAIL = r"@[a-z0-9-]{1,63}+(?:\.[a-z0-9-]{1,63}+){1,8}+"
_HOST = (
    r"(?<![a-z0-9.@/_-])(?=[a-z0-9.-]{1,250}\.[a-z]{2,12}(?![a-z0-9.-]))[a-z0-9-]{1,63}+(?:\.[a-z0-9-]{1,63}+){1,5}+"
)
_ADDRESS = rf"(?P<mail>{_MAIL})|(?P<ip>(?<![\d.]){_IP}(?::\d{{1,5}})?(?![\d.]*\d))|(?P<host>{_HOST})"
_NEAR = 120  # characters within which an ID or an address and a password are taken to belong together
_LONGEST_VALUE = 128


_AS = "as als como come comme som jako как як olarak"
_WITH = "with and mit und avec et con y com e med og met en i z a s"
_VOCABULARY = {
    "IS": _IS,
    "GLUED": "是 为 為 は が 은 는 이 가 คือ",
    "ABOUT": _ABOUT,
    "AND": _AND,
    "WITH": _WITH,
    "AS": _IS + _AS,
    "USERS": _USERS,
    "ROLES": _ROLES,
}


def _is_id(text: str) -> bool:
    """Whether grouped digits can be an Internet-ID: enough of them, and no IP address, no date."""
    return sum(map(str.isdigit, text)) >= 9 and not re.fullmatch(_IP, text)


def _any_of(words: str) -> str:
    """A pattern of any of the words, folded, longest first."""
    return "|".join(sorted({re.escape(_fold(word)) for word in words.split()}, key=lambda word: (-len(word), word)))


class _Label(NamedTuple):
    """A word that announces a password, folded: whether it must stand alone, and whether it takes plain words."""

    word: str
    whole: bool
    weak: bool


@cache
def _labels() -> tuple[_Label, ...]:
    long = {_fold(word.strip()) for line in _LABELS.splitlines() for word in line.split("/") if word.strip()}
    short = {_fold(word) for word in _SHORT_LABELS.split()}
    weak = {_fold(word) for word in _WEAK_LABELS.split()}
    kinds = ((long, False, False), (short, True, False), (weak, True, True))
    return tuple(_Label(word, *kind) for words, *kind in kinds for word in sorted(words))


@cache
def _talk() -> frozenset[str]:
    return frozenset(map(_fold, _TALK.split()))


# --- What a value looks like ----------------------------------------------------------------------------------------

NOTHING, WORD, NUMBER, NAME, CODE = range(5)
_CJK = "\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0e7f"
_CJK_ONE = f"[{_CJK}]"
_VALUE = rf"""
    (?P<lead>[ \t]{{0,8}}(?:\n[ \t]{{0,8}}){{0,2}})
    (?:(?P<tag>(?:\[/?[a-z]{{1,5}}\]|</?[a-z]{{1,6}}/?>){{1,3}}+)[ \t]{{0,3}})?
    (?P<mark>[*_~`]{{1,3}}(?=[ \t\w"'])[ \t]?)?
    (?: (?P<quote>["'`])(?P<quoted>[^"'`\n]{{1,{_LONGEST_VALUE}}})(?P=quote) | (?P<bare>[^\s]{{1,{_LONGEST_VALUE}}}) )
"""
# Where a bare value ends before the next blank: at a mark of the next sentence, field, tag or script.
_VALUE_END = rf"""
    [,;](?=$|[^\x00-\x7f]|["']?[a-z_-]{{1,20}}["']?[:=]) | [\u3002\u3001\u30fb] | </ | <[a-z]{{1,6}}> | \[/
    | &(?=[a-z_]{{1,20}}=) | (?<=[\x21-\x7e])[{_CJK}]
"""
_TRAILING = ".,;:)]}>\"'`*~|"


class _Value(NamedTuple):
    """What stands where a password would: its place in the folded text, its kind, and how it was set apart."""

    start: int
    end: int
    kind: int
    quoted: bool
    lines_down: bool


def _value_at(reading: _Reading, at: int) -> _Value | None:
    """The value that begins at a place of the folded text, blanks, quotes and mark-up before it passed over."""
    match = _compiled(_VALUE).match(reading.text, at)
    if match is None:
        return None
    quoted = match["quoted"] is not None
    start, end = match.span("quoted" if quoted else "bare")
    if _compiled(_CJK_ONE).match(reading.text, start):
        return None
    if not quoted:
        end = _bare_end(reading.text, start, end, marked=match["mark"] is not None)
    return _Value(start, end, _kind(reading, start, end), quoted, "\n" in match["lead"])


def _bare_end(text: str, start: int, end: int, *, marked: bool) -> int:
    cut = _compiled(_VALUE_END).search(text, start, end)
    value = text[start : cut.start() if cut else end]
    return start + len(value.rstrip(_TRAILING + "_" if marked else _TRAILING))


def _kind(reading: _Reading, start: int, end: int) -> int:
    """Whether a stretch reads like a plain word, a number, a mixed code as passwords are, or none of them."""
    text = reading.text[start:end]
    core = text.strip("!?.,;:()[]{}<>\"'`*_~|/\\-=")
    if len(core) < 3 or _compiled(_PLACEHOLDER).fullmatch(text) or _compiled(_TECHNICAL).fullmatch(core):
        return NOTHING
    if _compiled(_CJK_ONE).search(core) or _is_amount(core):
        return NOTHING
    if " " in core:
        words = core.split()
        return WORD if 3 * sum(map(_is_talk, words)) <= len(words) else NOTHING
    if core.isdigit():
        return NUMBER
    if _compiled(_NAMES).fullmatch(core):
        return NAME
    if any(map(str.isdigit, core)) and any(map(str.isalpha, core)):
        return CODE
    return _lettered_kind(reading, text, core, start)


def _lettered_kind(reading: _Reading, text: str, core: str, start: int) -> int:
    if _compiled(r"[^\W_]{1,60}[!@\#$%^&*+=?~][^\s]{0,60}[^\W_][^\s]{0,20}").fullmatch(core):
        return CODE
    written = reading.written(start, start + len(text))
    bracketed = text[:1] in "<[{(%"
    latin = _compiled(r"[A-Za-z]").search(written) is not None
    plain = _compiled(r"[^\W\d]+(?:[-'._][^\W\d]+){0,4}").fullmatch(core) is not None
    return WORD if plain and latin and not bracketed and not _is_talk(core) else NOTHING


def _is_amount(core: str) -> bool:
    """8-character, 24h, 90days: a measure, not a password."""
    match = _compiled(r"(\d{1,4})[-.]?([^\W\d_]{1,20})(?:[-.]\w{1,20})?").fullmatch(core)
    return match is not None and _is_unit(match[2])


def _is_unit(word: str) -> bool:
    return word in _units() or word.startswith(tuple(unit for unit in _units() if len(unit) > 3))


@cache
def _units() -> frozenset[str]:
    return frozenset(map(_fold, _UNITS.split()))


def _is_talk(word: str) -> bool:
    return word in _talk() or any(part in _talk() for part in re.split(r"[-'._]", word))


# --- Labels with a value --------------------------------------------------------------------------------------------

_CLOSE = r"""[*_`"'\])}~]{0,4}"""
_SEPARATOR = r"(?:[:=]{1,3}>?|:-)"
_ABOUT_IT = r"(?:\s{0,3}\([^()\n]{1,40}\)|\s{1,3}(?:§ABOUT§)\b[^\n:=.!?;|]{1,40}?)"
_WORDS = r"(?:\s{1,3}[^\W\d_]{1,15})"
_VERBS = rf"(?:\s{{0,3}}(?:§IS§|(?:would|should|will|has)\sbe(?:en)?){_IS_MORE}{_SET_TO}(?!\w))"
_GLUED = r"(?:\s{0,3}(?:§GLUED§)\s{0,3})"
_DASH = r"(?:\s{1,3}-{1,2}\s{1,3}|\s{0,3}(?:[|\t]|-{1,2}>)\s{0,3}|\.{3,60}\s|>(?=[^\s<]))"


def _labelled(reading: _Reading) -> Iterator[Secret]:
    """The values that stand with a label."""
    for label in _labels():
        for start, end in _places(reading.text, label):
            value = _announced(reading, label, start, end) or _said_before(reading, start)
            if value is not None:
                what = ADDRESS_PASSWORD if _address_before(reading, start) else PASSWORD
                for each in (value, *_others(reading, value)):
                    yield reading.secret(each.start, each.end, what)


def _others(reading: _Reading, value: _Value) -> Iterator[_Value]:
    """`passwords: … and …`: what looks like more passwords behind a first, a few at most."""
    for _ in range(8):
        between = _compiled(r"[\"'`]?[ \t]{0,2}(?:,|§AND§)[ \t]{1,2}").match(reading.text, value.end)
        following = _value_at(reading, between.end()) if between else None
        if following is None or following.kind != CODE or following.lines_down:
            return
        value = following
        yield value


_LABEL_ENDING = rf"(?<=[{_CJK}])|[^\W\d_]{{0,4}}(?![^\W\d_])"


def _places(text: str, label: _Label) -> Iterator[tuple[int, int]]:
    """Where the label stands, with its endings (Turkish şifremiz, Danish adgangskoden)."""
    at = text.find(label.word)
    while at >= 0:
        end = at + len(label.word)
        if not label.whole:
            match = _compiled(_LABEL_ENDING).match(text, end)
            if match is not None:
                yield at, match.end()
        elif not text[at - 1 : at].isalnum() and not text[end : end + 1].isalnum():
            yield at, end
        at = text.find(label.word, end)


def _announced(reading: _Reading, label: _Label, start: int, end: int) -> _Value | None:
    for way, fits in _WAYS:
        if match := _compiled(way).match(reading.text, end):
            value = _value_at(reading, match.end())
            if value is not None and value.kind != NOTHING and fits(_Place(reading, label, start, match), value):
                return value
    return None


class _Place(NamedTuple):
    """A label in a text, and how it leads on."""

    reading: _Reading
    label: _Label
    start: int
    match: re.Match[str]

    @property
    def in_company(self) -> bool:
        """Whether an Internet-ID, an address or a user stands close by."""
        text = self.reading.text
        user = _compiled(r"(?<!\w)(?:§USERS§)\w{0,4}[\s:=]")
        return self.reading.id_near(self.start, self.match.end()) or bool(
            user.search(text, max(0, self.start - _NEAR), self.start)
        )


def _after_separator(place: _Place, value: _Value) -> bool:
    """`password: …`: anything that is no talk."""
    if value.lines_down and not _alone(place.reading.text, value.end, _NEXT_ON_ITS_LINE):
        return False
    if value.kind == WORD:
        choosy = place.label.weak or value.lines_down
        alone = value.quoted or _alone(place.reading.text, value.end, _NEXT_AFTER_WORD)
        return alone and (not choosy or place.in_company)
    if value.kind == CODE:
        return True
    fits = _has_digit(place, value) if value.kind == NAME else _mixed_or_number(place, value)
    return fits and (not place.label.weak or place.in_company)


def _after_words(place: _Place, value: _Value) -> bool:
    """`password for the host: …`, `password - …`, `| password | …`: what looks like a password, or is quoted."""
    return not value.lines_down and (_mixed_or_number(place, value) or (value.quoted and value.kind == WORD))


def _after_field(place: _Place, value: _Value) -> bool:
    """`temporary password here: …`, `the password I use is …`: only what looks like a password."""
    return value.kind == CODE and not value.lines_down and _has_digit(place, value)


def _has_digit(place: _Place, value: _Value) -> bool:
    return any(map(str.isdigit, place.reading.text[value.start : value.end]))


def _after_copula(place: _Place, value: _Value) -> bool:
    """`the password is …`: the same; in English also a word that ends the sentence and describes nothing."""
    if _after_words(place, value):
        return True
    text = place.reading.text
    word = text[value.start : value.end]
    naming = place.match[0].split()[-1:] in (["is"], ["lautet"], ["lyder"])
    return (
        naming
        and value.kind == WORD
        and not value.lines_down
        and not _compiled(_DESCRIBING).fullmatch(word)
        and word.isalpha()
        and _alone(text, value.end, _NEXT_AFTER_WORD)
    )


def _after_blank(place: _Place, value: _Value) -> bool:
    """`password …`: letters with digits or symbols, `with password "…"`, six digits; fewer beside an ID or address."""
    if value.lines_down or (place.label.weak and not place.in_company):
        return False
    if value.kind == CODE:
        return value.end - value.start >= 5 or place.in_company
    if value.kind == NUMBER:
        enough = value.end - value.start >= 6 or place.reading.id_near(place.start, value.end)
        return enough and _mixed_or_number(place, value)
    used = _compiled(r"(?<!\w)(?:with|use|using|mit|con|avec|com|med|met)\s(?:[^\W\d_]{1,8}\s){0,2}$")
    before = max(0, place.start - 30)
    return value.quoted and value.kind == WORD and used.search(place.reading.text, before, place.start) is not None


def _mixed_or_number(place: _Place, value: _Value) -> bool:
    if value.kind != NUMBER:
        return value.kind == CODE
    text = place.reading.text
    unit = _compiled(r"[ -]?([^\W\d_]{1,20})").match(text, value.end)
    digits = value.end - value.start
    return not (unit and _is_unit(unit[1])) and (digits > 3 or place.reading.id_near(place.start, value.end))


# The ways in which a label leads to its value, each matched right behind the label, and what fits there.
_WAYS = (
    (rf"{_CLOSE}\s{{0,4}}(?:{_VERBS}|{_GLUED})?\s{{0,2}}{_SEPARATOR}(?:[*_~]{{1,3}}(?=\s))?", _after_separator),
    (rf"{_CLOSE}{_ABOUT_IT}{_VERBS}?\s{{0,3}}{_SEPARATOR}", _after_words),
    (rf"{_CLOSE}{_WORDS}{{1,2}}\s{{0,3}}{_SEPARATOR}", _after_field),
    (rf"{_CLOSE}{_ABOUT_IT}?(?:{_VERBS}\s{{1,3}}|{_GLUED})", _after_copula),
    (rf"{_CLOSE}{_WORDS}{{1,4}}?{_VERBS}\s{{1,3}}", _after_field),
    (rf"{_CLOSE}{_ABOUT_IT}?{_DASH}", _after_words),
    (rf"{_CLOSE}(?:[ \t]{{1,3}}|(?<=[{_CJK}]))", _after_blank),
)
_NEXT_ON_ITS_LINE = r"[ \t.!]{0,6}(?:\n|$)"
_NEXT_AFTER_WORD = r"""["'*_~`)\]}>]{0,6}[ \t]{0,6}(?:$|\n|[,;.!|/(<&\[]|-{1,2}\s|(?:§AND§|§USERS§)(?!\w))"""


def _alone(text: str, end: int, pattern: str) -> bool:
    """Whether no talk goes on behind a word."""
    return _compiled(pattern).match(text, end) is not None


def _said_before(reading: _Reading, start: int) -> _Value | None:
    """`… is my password`, `use … as the password`: only what looks like a password."""
    first = max(0, start - _NEAR)
    if not any(map(str.isdigit, reading.text[first:start])):
        return None
    pattern = r"(?<!\S)(\S{5,64})\s{1,2}(?:§AS§)\s{1,2}(?:[^\W\d_]{1,8}\s{1,2}){0,2}$"
    match = _compiled(pattern).search(reading.text, first, start)
    value = _value_at(reading, match.start(1)) if match else None
    return value if value is not None and value.kind == CODE else None


def _address_before(reading: _Reading, start: int) -> bool:
    return _compiled(_ADDRESS).search(reading.text, max(0, start - _NEAR), start) is not None


# --- Internet-IDs, addresses and users with a value -----------------------------------------------------------------


def _after_ids(reading: _Reading) -> Iterator[Secret]:
    """`123-456-789 / …`: the value right behind an Internet-ID."""
    between = r"[ \t]{0,3}(?:[/|\\,;:+&(]|-{1,2}(?=\s)|\n|[ ](?:(?:§WITH§)[ ])?)[ \t]{0,3}"
    for start, end in reading.ids:
        match = _compiled(between).match(reading.text, end)
        value = _value_at(reading, match.end()) if match else None
        if match and value and not value.lines_down and _fits_id(reading, (start, end), match[0].strip(" \t"), value):
            yield reading.secret(value.start, value.end, PASSWORD)


def _fits_id(reading: _Reading, place: tuple[int, int], separator: str, value: _Value) -> bool:
    if separator == "\n" and not _alone(reading.text, value.end, _NEXT_ON_ITS_LINE):
        return False
    in_threes = _compiled(r"\d{3}(?:\D{1,3}\d{3}){2,4}").fullmatch(reading.text, *place) is not None
    if value.kind != NUMBER:
        return value.kind == CODE and (in_threes or separator in _FIRM)
    named = _compiled(r"(?<![a-z])id(?![a-z])").search(reading.text, max(0, place[0] - 24), place[0])
    return named is not None and separator in _FIRM and 4 <= value.end - value.start <= 8


_FIRM = ("/", "|", "\\", ":")


def _with_addresses(reading: _Reading) -> Iterator[Secret]:
    """`bob@example.com / …`, `10.0.0.1 | …`, `https://bob:…@example.com`."""
    if not any(mark in reading.text for mark in ":/|;-"):
        return
    for match in _compiled(_ADDRESS).finditer(reading.text):
        between = _BEHIND_MAIL if match["mail"] else _BEHIND_HOST
        if behind := _compiled(between).match(reading.text, match.end()):
            yield from _coded(reading, behind.end(), ADDRESS_PASSWORD)
    for match in _compiled(r"://[^\s/:@]{1,64}:([^\s/@]{3,128})@").finditer(reading.text):
        if _kind(reading, *match.span(1)) != NOTHING:
            yield reading.secret(*match.span(1), ADDRESS_PASSWORD)


_BEHIND_MAIL = r":(?=[^\s/:])|[ \t]{0,3}[/|;][ \t]{0,3}|[ \t]{1,3}(?:-{1,2}|:)[ \t]{1,3}"
_BEHIND_HOST = r"[ \t]{1,3}[/|][ \t]{1,3}"


def _for_users(reading: _Reading) -> Iterator[Secret]:
    """`admin / …` where access is talked of; with a comma or a blank only beside an Internet-ID or an address."""
    if not any(role in reading.text for role in _ROLES.split()):
        return
    roles = _compiled(r"(?<![^\s\\\"'(,;:])(?:§ROLES§)(?:[ \t]{0,3}(?P<firm>[/:|])[ \t]{0,3}|,?[ \t]{1,3})")
    access = _compiled(r"log[ -]?in|log[ ]on|credential|password|user|zugang|anmeld|acces|konto|account")
    for match in roles.finditer(reading.text):
        value = next(_coded(reading, match.end(), ADDRESS_PASSWORD), None)
        talked_of = match["firm"] and access.search(reading.text, max(0, match.start() - _NEAR), match.start())
        if value and (talked_of or reading.id_near(match.start(), match.end() + _NEAR)):
            yield value


def _coded(reading: _Reading, at: int, what: str) -> Iterator[Secret]:
    value = _value_at(reading, at)
    if value is not None and value.kind == CODE and not value.lines_down:
        yield reading.secret(value.start, value.end, what)


def _with_their_ids(reading: _Reading, found: Sequence[Secret]) -> list[Secret]:
    """The secrets and the Internet-IDs that stand close to one of them."""
    if not found:
        return []
    ids = [reading.secret(start, end, INTERNET_ID) for start, end in reading.ids]
    starts = [secret.start for secret in found]
    near = [each for each in ids if _any_between(starts, each.start - _NEAR, each.end + _NEAR)]
    return sorted({*found, *near})


def _any_between(places: Sequence[int], first: int, last: int) -> bool:
    at = bisect_left(places, first)
    return at < len(places) and places[at] <= last


# --- Licence keys ---------------------------------------------------------------------------------------------------

_SHORTEST_KEY = 6  # folded; shorter ones on record would make alarms of ordinary words
_LONGEST_KEY = 200
_GROUPS = 8
_GAP = 3  # characters between two groups of one key


def key_candidates(text: str) -> Iterator[tuple[int, int, str]]:
    """What in the text could be a licence key: start, end (as given) and the key folded as `identity.fold_key` does.

    Every run of one to eight neighbouring groups of letters and digits, six characters or more together; across
    blanks only with a digit or in capitals, so that ordinary sentences yield little. At most nine a group. The
    characters are folded further than fold_key folds them, so that look-alikes and invisible ones hide no key whose
    record is plain ASCII; for keys that are not, whole words are given as fold_key has them. Some come twice.
    """
    reading = _Reading(text)
    for start, end, key in _long_runs(reading.text):
        yield *reading.origin(start, end), key
    for start, end, key in _group_runs(reading):
        yield *reading.origin(start, end), key
    if not text.isascii():
        yield from _foreign_words(text)


class _Group(NamedTuple):
    """A run of letters and digits of the folded text."""

    start: int
    end: int
    text: str
    digits: bool
    capitals: bool


def _groups(reading: _Reading) -> Iterator[_Group]:
    for match in _compiled(r"[0-9a-z]+").finditer(reading.text):
        text = match[0]
        start, end = match.span()
        if len(text) <= _LONGEST_KEY:
            digits = not text.isalpha()
            capitals = digits or reading.source[slice(*reading.origin(start, end))].isupper()
            yield _Group(start, end, text, digits, capitals)


def _group_runs(reading: _Reading) -> Iterator[tuple[int, int, str]]:
    before: deque[_Group] = deque(maxlen=_GROUPS - 1)
    for group in _groups(reading):
        if before and group.start - before[-1].end > _GAP:
            before.clear()
        yield from _ending_with(reading.text, group, before)
        before.append(group)


def _ending_with(text: str, last: _Group, before: Sequence[_Group]) -> Iterator[tuple[int, int, str]]:
    """The runs of neighbouring groups that end with this one; across blanks those with a digit or all in capitals."""
    key, start, digits, capitals, spaced = last.text, last.start, last.digits, last.capitals, False
    if len(key) >= _SHORTEST_KEY:
        yield start, last.end, key
    for group in reversed(before):
        spaced = spaced or any(map(str.isspace, text[group.end : start]))
        digits, capitals = digits or group.digits, capitals and group.capitals
        key, start = group.text + key, group.start
        if len(key) > _LONGEST_KEY:
            return
        if len(key) >= _SHORTEST_KEY and (digits or capitals or not spaced):
            yield start, last.end, key


_RUNS = (
    r"(?<![0-9a-z])[0-9a-z]++(?:[^0-9a-z\s]{1,3}[0-9a-z]++){8,99}",  # many groups without a blank
    r"(?<![0-9a-z])[0-9a-z](?:[^0-9a-z]{1,3}[0-9a-z](?![0-9a-z])){8,99}",  # letter by letter
)


def _long_runs(text: str) -> Iterator[tuple[int, int, str]]:
    """Keys of more groups than the windows hold."""
    for pattern in _RUNS:
        for match in _compiled(pattern).finditer(text):
            key = "".join(filter(str.isalnum, match[0]))
            if len(key) <= _LONGEST_KEY:
                yield *match.span(), key


def _foreign_words(text: str) -> Iterator[tuple[int, int, str]]:
    for match in _compiled(r"""[^\s:=,;()\[\]<>"'|/]{6,400}""").finditer(text):
        key = "" if match[0].isascii() else fold_key(match[0])
        if _SHORTEST_KEY <= len(key) <= _LONGEST_KEY:
            yield *match.span(), key
