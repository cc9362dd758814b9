"""The words and shapes by which credentials are told from talk: one line a language, roughly."""

import re
from functools import cache
from typing import NamedTuple

from supportctl.policy.credentials.folding import fold

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
IS_MORE = r"(?:\s(?:now|still|currently|just|simply|jetzt|nun|toujours|ahora|agora|ora|nu|teraz|nyni|сейчас))?"
SET_TO = r"(?:\s(?:set|changed|reset)){0,1}(?:\s(?:to|auf|en|a|na|til))?"
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
ROLES = "admin administrator administrador administrateur root user support sysadmin operator service sa guest remote"

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
DESCRIBING = r"\w*(?:ed|ing|ly|ble|ous|ive|ful|less|al|ic|ent|ant|ary|en|nt|secret|secure|test|normal)"
UNITS = """
    char bit byte digit letter symbol word day hour minute min sec month week year time attempt zeichen ziffer
    buchstab stell tage stund minut caract chiffre lettre jour heure carat cifre letra digito dia hora tecken tegn
    merki teken cijfer znak zn simbol символ знак букв цифр дн karakter hane harf haner karak حرف أحرف th nd rd st
    user pc mal x k h mb gb ms
"""
# No password anywhere: versions, error codes, dates, times, ranges, links, paths.
TECHNICAL = r"""
    v?\.?\d{1,5}(?:\.[\dx]{1,6}){1,5}[a-z]?\d{0,3} | 0x[0-9a-f]{1,16} | [a-z]{0,3}\d{4}-\d\d-\d\d\S{0,16}
    | \d{1,2}:\d\d\S{0,6} | \d{1,4}[-/.]\d{1,2}[-/.]\d{1,4} | \d{1,3}% | \d{1,3}[-+]\d{0,3} | \#\d{1,9}
    | \S{0,20}(?:://|www\.)\S{0,200} | [a-z]:\\\S{0,200} | \\\\\S{0,200}
"""
# Names with digits in them that come up where people talk of passwords; secrets only where one is plainly announced.
NAMES = r"""
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
PLACEHOLDER = r"""
    \$[{(]?[a-z_][a-z_.:]{0,60}[})]? | \$[{(]\S{0,60} | %\w{1,60}% | ![\w!].{0,60}!
    | %[sd@] | \{\{\S{0,60} | @[a-z_]{1,30}(?:\(.{0,30})?
    | &[a-z]{1,8};? | .{0,8}(?:\*\*|\.\.\.|___|xxx).{0,100} | ([^\d])\1{2,127} | [x*.\-_?#]{1,128}
    | [a-z_.]{1,40}\((?:["'a-z_]\S{0,60})? | your[-_ ]?\S{0,30} | my[-_]?pass(?:word|wort)?
    | \w{0,3}redacted\S{0,20} | \[removed:.{0,40}
"""

ID = r"""
    (?:(?<![a-z0-9.,+-])|(?<=id)) \d{3,4}(?:(?:[ ]?[-._][ ]?|[ ])\d{3,4}){2,4} (?![a-z0-9-]|[.,]\d)
    | (?:(?<=id[ ])|(?<=id:)|(?<=id:[ ])) \d{9,12}(?!\d)
"""
_IP = r"\d{1,3}(?:\.\d{1,3}){3}"
_MAIL = r"@[a-z0-9-]{1,63}+(?:\.[a-z0-9-]{1,63}+){1,8}+"
_HOST = (
    r"(?<![a-z0-9.@/_-])(?=[a-z0-9.-]{1,250}\.[a-z]{2,12}(?![a-z0-9.-]))[a-z0-9-]{1,63}+(?:\.[a-z0-9-]{1,63}+){1,5}+"
)
ADDRESS = rf"(?P<mail>{_MAIL})|(?P<ip>(?<![\d.]){_IP}(?::\d{{1,5}})?(?![\d.]*\d))|(?P<host>{_HOST})"
NEAR = 120  # characters within which an ID or an address and a password are taken to belong together
LONGEST_VALUE = 128
TRAILING = ".,;:)]}>\"'`*~|"  # what may follow a value and is none of it


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
    "ROLES": ROLES,
}


def is_id(text: str) -> bool:
    """Whether grouped digits can be an Internet-ID: enough of them, and no IP address, no date."""
    return sum(map(str.isdigit, text)) >= 9 and not re.fullmatch(_IP, text)


def _any_of(words: str) -> str:
    """A pattern of any of the words, folded, longest first."""
    return "|".join(sorted({re.escape(fold(word)) for word in words.split()}, key=lambda word: (-len(word), word)))


class Label(NamedTuple):
    """A word that announces a password, folded: whether it must stand alone, and whether it takes plain words."""

    word: str
    whole: bool
    weak: bool


@cache
def labels() -> tuple[Label, ...]:
    """Every word that announces a password."""
    long = {fold(word.strip()) for line in _LABELS.splitlines() for word in line.split("/") if word.strip()}
    short = {fold(word) for word in _SHORT_LABELS.split()}
    weak = {fold(word) for word in _WEAK_LABELS.split()}
    kinds = ((long, False, False), (short, True, False), (weak, True, True))
    return tuple(Label(word, *kind) for words, *kind in kinds for word in sorted(words))


@cache
def talk() -> frozenset[str]:
    """The words that say something about a password where one might stand, folded."""
    return frozenset(map(fold, _TALK.split()))


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """The verbose pattern, §NAME§ in it standing for any word of that part of the vocabulary."""
    return re.compile(re.sub("§([A-Z]+)§", lambda name: _any_of(_VOCABULARY[name[1]]), pattern), re.VERBOSE)
