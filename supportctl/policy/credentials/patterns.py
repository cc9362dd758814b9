"""The words and shapes that tell credentials from ordinary text, as data.

Plain tables and nothing else, so that they can be read and extended without reading the code. Words are roughly one
line per language, between slashes or blanks; comparison ignores case, accents, width and look-alikes. The shapes of
tokens are those that the services publish; rule sets such as gitleaks (MIT) list most of them.
"""

# ---- Passwords by their labels

# A value may follow these as a plain word. They may be the last part of a longer word (Hostpasswort, DB_PASSWORD).
LABELS = """
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
    كلمة المرور/كلمة السر/كلمة مرور/كلمة سر/الرقم السري/الرمز السري/الباسورد/باسورد/رمز عبور/گذرواژه/پسورد
    סיסמה/סיסמא/הסיסמה
    รหัสผ่าน/พาสเวิร์ด/पासवर्ड/কূটশব্দ/পাসওয়ার্ড/கடவுச்சொல்
"""
# Short ones: whole words only. After the weak ones a word or a number needs an ID, an address or a user close by.
SHORT_LABELS = "pw pwd psw passw mdp pswd pin pincode pin-code пин пин-код"
WEAK_LABELS = "pass clave kode kod пасс"

IS = """
    is was are 's ist war wurde lautet est c'est es e era er lyder ar var to je jest brzmi on la este είναι это є це
    是 为 為 は が 은 는 이 가 هي هو است היא הוא คือ है adalah yaitu
"""
IS_MORE = r"(?:\s(?:now|still|currently|just|simply|jetzt|nun|toujours|ahora|agora|ora|nu|teraz|nyni|сейчас))?"
SET_TO = r"(?:\s(?:set|changed|reset)){0,1}(?:\s(?:to|auf|en|a|na|til))?"
ABOUT = """
    for to on of at in from für zum zur vom von des am im auf du de pour sur au la le del della dello para do da no
    per al alla til på fra voor van op i k do na w v u od ke для от до від к на của من ل
"""
AND = """
    and und et y e og och i a и та й en ve sowie or & + - / |
    please pls thanks thx bitte danke merci gracias obrigado grazie пожалуйста спасибо
"""
USERS = """
    user username login account admin id internet-id benutzer benutzername nutzer anmeldename konto utilisateur
    identifiant compte usuario cuenta utente conto gebruiker bruger brugernavn anvandare uzytkownik uzivatel логин
    пользователь имя користувач kullanici 用户名 用户 账号 帐号 ユーザー 사용자 아이디 مستخدم
    host server domain port email mail pc
"""
ROLES = "admin administrator administrador administrateur root user support sysadmin operator service sa guest remote"

# Words that say something about a password where one might stand, by language.
TALK = """
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
    mislukt ingevoerd ingesteld gewijzigd dezelfde fout foutief geen hetzelfde hoe juist leeg mijn niet nieuw onbekend onjuist ongeldig ontbreekt optioneel
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
# English words that describe a password rather than being one: "the password is accepted".
DESCRIBING = r"(?:in)?complete|\w*(?:ed|ing|ly|ble|ous|ive|ful|less|al|ic|ent|ant|ary|en|nt|secret|secure|test|normal)"
UNITS = """
    char bit byte digit letter symbol word day hour minute min sec month week year time attempt zeichen ziffer
    buchstab stell tage stund minut caract chiffre lettre jour heure carat cifre letra digito dia hora tecken tegn
    merki teken cijfer znak zn simbol символ знак букв цифр дн karakter hane harf haner karak حرف أحرف th nd rd st
    user pc mal x k h mb gb ms
"""
# Never a password: versions, error codes, dates, times, ranges, links, paths.
TECHNICAL = r"""
    v?\.?\d{1,5}(?:\.[\dx]{1,6}){1,5}[a-z]?\d{0,3} | 0x[0-9a-f]{1,16} | [a-z]{0,3}\d{4}-\d\d-\d\d\S{0,16}
    | \d{1,2}:\d\d\S{0,6} | \d{1,4}[-/.]\d{1,2}[-/.]\d{1,4} | \d{1,3}% | \d{1,3}[-+]\d{0,3} | \#\d{1,9}
    | \S{0,20}(?:://|www\.)\S{0,200} | [a-z]:\\\S{0,200} | \\\\\S{0,200}
"""
# Names with digits in them that come up where people talk about passwords; secrets only if plainly announced.
NAMES = r"""
    sha-?\d{1,3} | md[45] | aes-?\d{1,3} | rsa-?\d{1,4} | pbkdf2 | argon2\w{0,2} | base\d\d | utf-?\d{1,2} | \d-?fa
    | wpa\d\S{0,10} | ipv\d | tls\S?\d\S{0,3} | smbv?\d | ntlmv?\d | oauth\d | saml\d | http/?\d | ws-?\d{4} | l2tp
    | (?:win|windows|android|ios|macos|debian|ubuntu|centos|rhel|fedora)-?v?\d{1,5}\S{0,4} | ikev\d | [a-z]2fa | mfa2
    | (?:office|server|outlook|exchange|sql|keepass|chrome|firefox)-?v?\d{1,5}\S{0,4} | x\d\d(?:_\d\d)? | \d\d-?bit\w?
    | (?:ctrl|alt|shift|cmd|win|strg|maj)\+\S{1,20} | \S{0,100}\.(?:png|jpe?g|gif|svg)\S{0,20} | \w{0,3}kb\d{6,8} | [bfpqrv]\d{1,4} | rc\d{1,2} | m[123]\w{0,3} | i[3579](?:-\w{1,8})? | usb\d\S{0,3}
    | (?:error|err|code|page|step|version|viewer|host|port|logs?|pc|user|srv)-?\d{1,6}(?:\.\S{1,10})?
    | (?:test|no\.?|nr\.?|ru)-?\d{1,6}(?:\.\S{1,10})?
    | \d{1,6}/\w{1,10} | [^\s@]{1,64}@[^\s@.]{1,63}(?:\.[^\s@.]{1,63}){1,5}
    | [a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,5}\.[a-z]{2,12}
"""
PLACEHOLDER = r"""
    \$[{(]?[a-z_][a-z_.:]{0,60}[})]? | \$[{(]\S{0,60} | %\w{1,60}% | ![\w!].{0,60}!
    | %[sd@] | \(?%\d(?:ms|s|\W\S{0,60})? | \{\{\S{0,60} | @[a-z_]{1,30}(?:\(.{0,30})?
    | &[a-z]{1,8};? | .{0,8}(?:\*\*|\.\.\.|___|xxx).{0,100} | ([^\d])\1{2,127} | [x*.\-_?#]{1,128}
    | [a-z_.]{1,40}\((?:["'a-z_]\S{0,60})? | your[-_ ]?\S{0,30} | my[-_]?pass(?:word|wort)?
    | \w{0,3}redacted\S{0,20} | \S{0,40}\[removed:?.{0,40}
"""

ID = r"""
    (?:(?<![a-z0-9.,+-])|(?<=id)) \d{3,4}(?:(?:[ ]?[-._][ ]?|[ ])\d{3,4}){2,4} (?![a-z0-9-]|[.,]\d)
    | (?:(?<=id[ ])|(?<=id:)|(?<=id:[ ])) \d{9,12}(?!\d)
"""
IP = r"\d{1,3}(?:\.\d{1,3}){3}"
MAIL = r"@[a-z0-9-]{1,63}+(?:\.[a-z0-9-]{1,63}+){1,8}+"
HOST = r"(?<![a-z0-9.@/_-])(?=[a-z0-9.-]{1,250}\.[a-z]{2,12}(?![a-z0-9.-]))[a-z0-9-]{1,63}+(?:\.[a-z0-9-]{1,63}+){1,5}+"
ADDRESS = rf"(?P<mail>{MAIL})|(?P<ip>(?<![\d.]){IP}(?::\d{{1,5}})?(?![\d.]*\d))|(?P<host>{HOST})"
NEAR = 120  # characters within which an ID or an address and a password belong together
LONGEST_VALUE = 128
TRAILING = ".,;:)]}>\"'`*~|"  # what may follow a value and is not part of it

# ---- Keys, tokens and codes by their labels

# Letters by which the labels above are looked for first, since a few of them save most of the time: each label by the
# first of these that it contains, or else by itself.
NEEDLES = """
    kulcs anahta klucz klic jelsz gangs creden toke api secret ssw wort kod code codi kood cod sse sle rase paro kel esl
    xac cle otp has sifr kho psw kata key pin eli tan ses ala ton ave ord
"""
# What announces a user with a password: `Login: kim / …`.
ACCESS = """
    credentials credential creds login logins logon access zugangsdaten anmeldedaten logindaten zugang identifiants accès
    credenciales acceso credenciais acesso credenziali accesso inloggegevens loginoplysninger adgang inloggningsuppgifter
    innlogging kirjautumistiedot dostęp přihlášení доступ логин giriş hozzáférés autentificare σύνδεση 账号 帐号 登录 账户
    ログイン 계정 로그인
"""
# What announces an access key or a token. A value behind one counts if it looks random.
KEY_LABELS = """
    api key/api-key/api_key/apikey/api secret/api-secret/api_secret/api token/api_token/app key/app_key/appkey
    access key/access-key/access_key/accesskey/secret key/secret-key/secret_key/secretkey/private key/private_key
    account key/account_key/accountkey/shared access key/sharedaccesskey/shared key/shared secret/shared_secret
    client secret/client-secret/client_secret/clientsecret/consumer secret/app secret/app_secret/signing secret
    encryption key/encryption_key/master key/master_key/auth key/auth_key/authkey/auth code/psk/pre-shared key
    secret/token/authorization/credential/credentials/deploy key/webhook secret/license secret/session key/session id
    api-schlüssel/api schlüssel/zugriffsschlüssel/zugangsschlüssel/geheimer schlüssel/geheimen schlüssel
    privater schlüssel/geheimschlüssel/zugangsdaten
    clé api/clé d'api/clef api/clé secrète/clé d'accès/clé privée/jeton/identifiants
    clave api/clave de api/clave de la api/clave secreta/clave de acceso/clave privada/llave api/ficha de acceso
    credenciales
    chave api/chave de api/chave da api/chave secreta/chave de acesso/chave privada/credenciais
    chiave api/chiave dell'api/chiave segreta/chiave di accesso/chiave privata/gettone/credenziali
    api-sleutel/api sleutel/geheime sleutel/toegangssleutel/privésleutel/inloggegevens
    api-nøgle/api nøgle/hemmelig nøgle/adgangsnøgle/api-nøkkel/api nøkkel/hemmelig nøkkel/tilgangsnøkkel
    api-nyckel/api nyckel/hemlig nyckel/åtkomstnyckel/api-avain/api avain/salainen avain/api-lykill/polettti
    klucz api/klucza api/tajny klucz/klucz tajny/klucz dostępu/klucz prywatny/żeton
    api klíč/api-klíč/klíč api/tajný klíč/přístupový klíč/api kľúč/api ključ/tajni ključ/žeton
    ключ api/api-ключ/api ключ/апи ключ/секретный ключ/ключ доступа/токен/секретний ключ/ключ доступу/таен ключ
    тајни кључ
    api anahtarı/api anahtarım/gizli anahtar/erişim anahtarı/jeton/belirteç
    api-kulcs/api kulcs/titkos kulcs/hozzáférési kulcs/cheie api/cheia api/cheie secretă/api-võti/api raktas/api atslēga
    κλειδί api/μυστικό κλειδί/khóa api/khoá api/mã api/khóa bí mật/kunci api/kunci rahasia/kunci akses
    api密钥/api密鑰/api 密钥/密钥/密鑰/秘钥/金鑰/令牌/权杖/訪問令牌/api金鑰
    apiキー/シークレットキー/アクセスキー/秘密鍵/トークン/シークレット
    api 키/api키/비밀 키/비밀키/액세스 키/토큰/인증키/인증 키
    مفتاح api/مفتاح واجهة/المفتاح السري/رمز الوصول/التوكن/توکن/کلید api/کلید
    מפתח api/מפתח סודי/טוקן/คีย์ api/โทเค็น/टोकन/एपीआई कुंजी
"""
# What announces a one-time code.
CODE_LABELS = """
    one-time password/one time password/einmalpasswort/mot de passe à usage unique/contraseña de un solo uso
    one-time code/one time code/onetime code/one-time passcode/one-time pin/single-use code/otp/totp/2fa code/2fa-code
    mfa code/two-factor code/two factor code/verification code/verification pin/confirmation code/security code
    authentication code/authenticator code/auth code/sms code/sms-code/login code/sign-in code/access code
    recovery code/recovery key/backup code/backup key/rescue code/emergency code/scratch code/reset code/unlock code
    pairing code/activation pin/mtan/sms-tan
    einmalcode/einmal-code/einmalpin/bestätigungscode/verifizierungscode/sicherheitscode/authentifizierungscode
    wiederherstellungscode/wiederherstellungsschlüssel/backup-code/anmeldecode/freischaltcode/prüfcode/zwei-faktor-code
    code de vérification/code à usage unique/code de confirmation/code de sécurité/code de récupération/code sms
    code de secours/clé de récupération/code unique/code d'authentification/code de validation
    código de verificación/código de un solo uso/código de confirmación/código de seguridad/código de recuperación
    código de respaldo/clave de recuperación/código sms/código de autenticación/código temporal
    código de verificação/código de uso único/código de confirmação/código de segurança/código de recuperação
    código de autenticação/códigos de recuperação/códigos de verificação/códigos de recuperación
    codice di verifica/codice monouso/codice di conferma/codice di sicurezza/codice di recupero/codice otp/codice sms
    codice di autenticazione/codici di recupero/codice temporaneo
    verificatiecode/eenmalige code/bevestigingscode/beveiligingscode/herstelcode/back-upcode/inlogcode
    bekræftelseskode/engangskode/engangs-kode/sikkerhedskode/gendannelseskode/verifikationskode/backupkode
    engångskod/engangskod/verifieringskod/bekräftelsekod/säkerhetskod/återställningskod/säkerhetskopieringskod
    bekreftelseskode/sikkerhetskode/gjenopprettingskode/verifiseringskode
    vahvistuskoodi/kertakäyttökoodi/palautuskoodi/turvakoodi
    kod weryfikacyjny/kod jednorazowy/jednorazowy kod/kod potwierdzający/kod bezpieczeństwa/kod odzyskiwania
    kody odzyskiwania/kod sms/kod uwierzytelniający
    ověřovací kód/jednorázový kód/kód pro obnovení/obnovovací kód/potvrzovací kód/bezpečnostní kód/overovací kód
    jednorazový kód/kontrolni kod/jednokratni kod/kod za oporavak/verifikacijski kod
    код подтверждения/одноразовый код/код восстановления/код безопасности/проверочный код/код из смс/резервный код
    резервные коды/коды восстановления/код верификации/код аутентификации
    код підтвердження/одноразовий код/код відновлення/код за потвърждение/код за потврду/код перевірки
    doğrulama kodu/tek kullanımlık kod/onay kodu/güvenlik kodu/kurtarma kodu/yedek kod/sms kodu
    ellenőrző kód/egyszer használatos kód/megerősítő kód/helyreállítási kód/biztonsági kód
    cod de verificare/cod unic/cod de confirmare/cod de securitate/cod de recuperare/codul de verificare
    kinnituskood/patvirtinimo kodas/apstiprinājuma kods
    κωδικός επαλήθευσης/κωδικός μιας χρήσης/κωδικός ανάκτησης/κωδικός επιβεβαίωσης
    mã xác minh/mã xác nhận/mã xác thực/mã otp/mã khôi phục/kode verifikasi/kode otp/kode pemulihan/kod pengesahan
    验证码/驗證碼/校验码/恢复码/恢復碼/恢复代码/备用码/备份代码/备份码/动态码/动态口令/一次性密码/安全码/安全碼/確認碼
    認証コード/確認コード/ワンタイムコード/ワンタイムパスワード/リカバリーコード/復旧コード/バックアップコード
    セキュリティコード
    인증번호/인증 번호/인증코드/인증 코드/복구 코드/복구코드/백업 코드/일회용 코드/일회용 비밀번호/보안 코드
    رمز التحقق/كود التحقق/رمز التأكيد/رمز الاسترداد/رمز لمرة واحدة/رمز الأمان/کد تایید/کد یکبار مصرف/کد بازیابی
    קוד אימות/קוד חד פעמי/קוד שחזור/รหัสยืนยัน/รหัส otp/सत्यापन कोड/ओटीपी
"""
# The security code of a card: secret beside its number.
CARD_CODE_LABELS = """
    cvv/cvv2/cvc/cvc2/csc/cid/cav/cvn/security code/prüfziffer/prüfnummer/kartenprüfnummer/sicherheitscode/cryptogramme
    code de sécurité/código de seguridad/código de segurança/codice di sicurezza/kontrolcifre/kontrolsiffre/säkerhetskod
    kontrolkod/sikkerhedskode/kod cvv/код cvv/安全码/セキュリティコード/pin
"""

# ---- Secrets by their own shape

# Tokens by the shapes their services publish: the service, how they begin, what follows. A length is the smallest
# published, or less, so that a truncated token counts too. Letters as issued.
TOKENS = (
    ("1Password", "ops_eyJ", r"[\w+/=-]{40,4096}"),
    ("1Password", "A3-", r"[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3}"),
    ("Adobe", "p8e-", r"[A-Za-z0-9]{32}"),
    ("age", "AGE-SECRET-KEY-1", r"[A-Z0-9]{40,60}"),
    ("Airtable", "pat", r"[A-Za-z0-9]{14}\.[a-f0-9]{64}"),
    ("Alibaba Cloud", "LTAI", r"[A-Za-z0-9]{12,24}"),
    ("Amazon", "AKIA ASIA ABIA ACCA", r"[A-Z2-7]{16}"),
    ("Amazon", "ABSK", r"[A-Za-z0-9+/]{100,300}={0,2}"),
    ("Amazon", "amzn.mws.", r"[a-f0-9]{8}(?:-[a-f0-9]{4}){3}-[a-f0-9]{12}"),
    ("Anthropic", "sk-ant-", r"[\w-]{20,200}"),
    ("Artifactory", "AKCp", r"[A-Za-z0-9]{60,80}"),
    ("Artifactory", "cmVmd", r"[A-Za-z0-9]{50,70}"),
    ("Atlassian", "ATATT3 ATCTT3 ATBB", r"[\w=-]{24,300}"),
    ("Brevo", "xkeysib- xsmtpsib-", r"[a-f0-9]{40,80}(?:-[A-Za-z0-9]{12,20})?"),
    ("Buildkite", "bkua_ bkpat_", r"[a-f0-9]{32,50}"),
    ("CircleCI", "CCIPAT_ CCIPRJ_", r"[\w-]{20,120}"),
    ("ClickHouse", "4b1d", r"[A-Za-z0-9]{38}"),
    ("Clojars", "CLOJARS_", r"[A-Za-z0-9]{40,60}"),
    ("Cloudflare", "v1.0-", r"[a-f0-9]{24}-[a-f0-9]{100,150}"),
    ("Contentful", "CFPAT-", r"[\w-]{32,64}"),
    ("Databricks", "dapi", r"[a-f0-9]{32}(?:-\d)?"),
    ("DigitalOcean", "dop_v1_ doo_v1_ dor_v1_", r"[a-f0-9]{40,64}"),
    ("Docker", "dckr_pat_ dckr_oat_", r"[\w-]{20,64}"),
    ("Doppler", "dp.pt. dp.st. dp.ct. dp.sa.", r"[\w.-]{32,80}"),
    ("Dropbox", "sl.", r"[\w-]{100,300}"),
    ("Duffel", "duffel_test_ duffel_live_", r"[\w=-]{32,64}"),
    ("Dynatrace", "dt0c01. dt0s01. dt0s16.", r"[A-Za-z0-9]{20,30}\.[A-Za-z0-9]{50,70}"),
    ("EasyPost", "EZAK EZTK", r"[A-Za-z0-9]{54}"),
    ("Facebook", "EAAC EAAM EAAG EAAB EAAJ", r"[A-Za-z0-9]{60,400}"),
    ("Figma", "figd_", r"[\w-]{30,64}"),
    ("Flutterwave", "FLWSECK- FLWSECK_TEST-", r"[A-Za-z0-9]{12,40}(?:-X)?"),
    ("Fly.io", "fo1_ fm1a_ fm1r_ fm2_", r"[\w+/=-]{40,1000}"),
    ("Frame.io", "fio-u-", r"[\w=-]{50,70}"),
    ("GitHub", "ghp_ gho_ ghu_ ghs_ ghr_", r"[A-Za-z0-9]{20,255}"),
    ("GitHub", "github_pat_", r"\w{22,255}"),
    ("GitLab", "glpat- gldt- glrt- glft- glffct- glimt- glsoat- glagent-", r"[\w.-]{16,320}"),
    ("GitLab", "gloas- glptt- glcbt- glrtr-", r"[\w.-]{16,320}"),
    ("GitLab", "GR1348941", r"[\w-]{16,64}"),
    ("Google", "AIza", r"[\w-]{30,40}"),
    ("Google", "ya29.", r"[\w-]{20,500}"),
    ("Google", "GOCSPX-", r"[\w-]{20,64}"),
    ("Grafana", "glsa_ glc_", r"[\w+/=]{24,400}"),
    ("Groq", "gsk_", r"[A-Za-z0-9]{32,80}"),
    ("Harness", "pat. sat.", r"[\w-]{22}\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{20}"),
    ("HashiCorp", "hvs. hvb. hvr.", r"[\w-]{20,300}"),
    ("Heroku", "HRKU-", r"[\w-]{30,80}"),
    ("Hugging Face", "hf_ api_org_", r"[A-Za-z]{30,40}|[A-Za-z0-9]{30,40}"),
    ("Infracost", "ico-", r"[A-Za-z0-9]{32}"),
    ("Instagram", "IGQV IGQW", r"[\w-]{60,400}"),
    ("JFrog", "jfrt@", r"[A-Za-z0-9@/]{30,200}"),
    ("LaunchDarkly", "api- sdk- mob-", r"[a-f0-9]{8}(?:-[a-f0-9]{4}){3}-[a-f0-9]{12}"),
    ("Linear", "lin_api_ lin_oauth_", r"[A-Za-z0-9]{32,64}"),
    ("Mailgun", "key-", r"[a-f0-9]{32}"),
    ("Mandrill", "md-", r"[\w-]{22}"),
    ("Mapbox", "sk.eyJ", r"[\w-]{40,200}\.[\w-]{16,40}"),
    ("Netlify", "nfp_ nfc_", r"[A-Za-z0-9]{30,64}"),
    ("New Relic", "NRAK- NRII- NRAA- NRRA- NRJS-", r"[\w-]{19,50}"),
    ("ngrok", "ngrok_ cr_ ak_", r"[A-Za-z0-9]{40,60}"),
    ("Notion", "ntn_", r"[A-Za-z0-9]{40,60}"),
    ("npm", "npm_", r"[A-Za-z0-9]{30,64}"),
    ("NuGet", "oy2", r"[a-z0-9]{43}"),
    ("Octopus Deploy", "API-", r"[A-Z0-9]{25,30}"),
    ("OpenAI", "sk-proj- sk-svcacct- sk-admin- sk-or-v1-", r"[\w-]{20,300}"),
    ("OpenAI", "sk-", r"[A-Za-z0-9]{20,64}"),
    ("OpenShift", "sha256~", r"[\w-]{40,50}"),
    ("PayPal", "access_token$production$ access_token$sandbox$", r"[a-z0-9]{16}\$[a-f0-9]{32}"),
    ("Perplexity", "pplx-", r"[A-Za-z0-9]{32,64}"),
    ("Plaid", "access-sandbox- access-development- access-production-", r"[a-f0-9]{8}(?:-[a-f0-9]{4}){3}-[a-f0-9]{12}"),
    ("PlanetScale", "pscale_tkn_ pscale_pw_ pscale_oauth_", r"[\w=.-]{32,64}"),
    ("Postman", "PMAK-", r"[a-f0-9]{24}-[a-f0-9]{34}"),
    ("Prefect", "pnu_", r"[A-Za-z0-9]{36}"),
    ("Pulumi", "pul-", r"[a-f0-9]{40}"),
    ("PyPI", "pypi-", r"[\w-]{50,1000}"),
    ("ReadMe", "rdme_", r"[a-z0-9]{60,80}"),
    ("Replicate", "r8_", r"[A-Za-z0-9]{30,50}"),
    ("RubyGems", "rubygems_", r"[a-f0-9]{40,50}"),
    ("Scalingo", "tk-us-", r"[\w-]{40,50}"),
    ("SendGrid", "SG.", r"[\w-]{16,32}\.[\w-]{32,64}"),
    ("Sentry", "sntrys_ sntryu_", r"[\w+/=-]{40,500}"),
    ("Shippo", "shippo_live_ shippo_test_", r"[a-fA-F0-9]{32,48}"),
    ("Shopify", "shpat_ shpca_ shppa_ shpss_", r"[a-fA-F0-9]{32}"),
    ("Slack", "xoxb- xoxp- xoxa- xoxo- xoxs- xoxr- xoxe- xoxc- xoxd- xoxe.xoxb- xoxe.xoxp-", r"[\w%/+-]{12,300}"),
    ("Slack", "xapp-", r"\d-[\w-]{20,200}"),
    ("SonarQube", "squ_ sqp_ sqa_", r"[a-z0-9]{32,48}"),
    ("Sourcegraph", "sgp_", r"[a-fA-F0-9_]{32,64}"),
    ("Square", "sq0atp- sq0csp- EAAA", r"[\w-]{22,64}"),
    ("Stripe", "sk_live_ sk_test_ sk_prod_ rk_live_ rk_test_ rk_prod_", r"[A-Za-z0-9]{10,200}"),
    ("Stripe", "whsec_", r"[A-Za-z0-9+/=]{20,100}"),
    ("Supabase", "sbp_ sb_secret_", r"[\w-]{20,64}"),
    ("Tailscale", "tskey-", r"[\w-]{16,120}"),
    ("Twilio", "SK", r"[0-9a-f]{32}"),
    ("Twitter", "AAAAAAAAAAAAAAAAAAAAAA", r"[A-Za-z0-9%]{60,120}"),
    ("Typeform", "tfp_", r"[\w.=-]{40,64}"),
    ("xAI", "xai-", r"[A-Za-z0-9]{60,90}"),
    ("Yandex", "AQVN y0_", r"[\w-]{35,64}"),
    ("JSON Web Token", "eyJ", r"[\w-]{8,4096}\.[\w-]{4,8192}(?:\.[\w-]{0,2048}){0,3}"),
)
# Tokens recognised by something in their middle, a line each: who gives them out, what to look for, and the whole with
# `secret` around what goes.
TOKENS_AROUND = r"""
    Azure      Q~                  (?<![\w.~-])(?P<secret>[A-Za-z0-9_~.]{3}\dQ~[\w~.-]{28,40})
    Azure      sig=                [?&]sig=(?P<secret>[A-Za-z0-9%+/=]{30,120})
    Discord    discord             discord(?:app)?\.com/api/webhooks/(?P<secret>\d{5,20}/[\w-]{30,100})
    Discord    .                   (?<![\w.-])(?P<secret>[MNO][A-Za-z\d_-]{22,28}\.[\w-]{6}\.[\w-]{27,40})(?![\w.-])
    Mailchimp  -us                 (?<!\w)(?P<secret>[a-f0-9]{32}-us\d{1,2})(?!\w)
    MaxMind    _mmk                (?<!\w)(?P<secret>[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk)
    Teams      webhook.office.com  webhook\.office\.com/webhookb2/(?P<secret>[\w@-]{60,90}/IncomingWebhook/[\w/-]{32,90})
    Slack      hooks.slack.com     hooks\.slack\.com/(?:services|workflows|triggers)/(?P<secret>[\w+/]{20,80})
    Terraform  .atlasv1.           (?<!\w)(?P<secret>[A-Za-z0-9]{14}\.atlasv1\.[\w=-]{50,80})
    Telegram   :AA                 (?<!\d)(?P<secret>\d{5,16}:AA[\w-]{30,40})
    otpauth    otpauth://          otpauth://[^\s?]{1,200}\?(?:[^\s&]{1,200}&){0,6}secret=(?P<secret>[A-Za-z2-7=]{8,128})
"""

# Private keys: how a block begins (and what to look for before), and how it ends.
PRIVATE_KEYS = (
    (
        "PRIVATE KEY",
        r"-{2,5} ?BEGIN[ A-Z0-9_-]{0,40}PRIVATE KEY(?: BLOCK)? ?-{2,5}",
        r"-{2,5} ?END[ A-Z0-9_-]{0,40}PRIVATE KEY(?: BLOCK)? ?-{2,5}",
    ),
    ("PuTTY-User-Key-File", r"PuTTY-User-Key-File-\d:", r"Private-(?:MAC|Hash): ?[0-9a-f]{0,64}"),
    ("<RSAKeyValue>", r"<RSAKeyValue>", r"</D>"),
)

# What contains a secret in a header, a cookie or a connection string, a line each: what to look for (in lower case), what
# it is, and the whole.
CARRIERS = r"""
    basic                   password     (?<![\w-])[Bb](?:asic|ASIC)[ \t]{1,3}(?P<base64>[A-Za-z0-9+/]{6,400}={0,2})(?![\w+/=])
    bearer                  token        (?<![\w-])[Bb](?:earer|EARER)[ \t:=]{1,3}[\"']?(?P<random>[\w.~+/=-]{10,4096})
    cookie                  cookie       (?<![\w-])(?i:set-)?(?i:cookie2?)[ \t]{0,2}[:=][ \t]{0,2}(?:[^\s=;,]{1,64}=[^\s;,=]{0,7};[ \t]{0,2}){0,9}[^\s=;,]{1,64}=[\"']?(?P<random>[^\s;,\"']{8,4096})
    sess                    cookie       [Ss](?i:ess(?:ion)?[\w.-]{0,32})=[\"']?(?P<random>[^\s;,&\"'<>]{10,4096})
    .sid                    cookie       (?i:connect|express|koa)\.sid[=:][ \t]{0,2}[\"']?(?P<random>[^\s;,&\"']{10,4096})
    .aspnet                 cookie       (?i:\.aspnet)[\w.]{0,40}=[\"']?(?P<random>[^\s;,&\"'<>]{16,4096})
    logged_in               cookie       wordpress_logged_in_\w{0,40}=(?P<random>[^\s;,]{10,400})
    convertto-securestring  password     (?i:ConvertTo-SecureString)[ \t]{1,3}(?:(?i:-String)[ \t]{1,3})?[\"'](?P<secret>[^\"'\n]{3,128})[\"']
    identified              password     (?i:identified by)[ \t]{1,3}[\"'](?P<secret>[^\"'\n]{3,128})[\"']
    chpasswd                password     echo[ \t]{1,3}[\"']?[\w.-]{1,64}:(?P<secret>[^\s\"'|]{3,128})[\"']?[ \t]{0,3}\|[^\n|]{0,40}chpasswd
    privatekey              private-key  (?i:privatekey|presharedkey)[ \t]{0,3}=[ \t]{0,3}(?P<secret>[A-Za-z0-9+/]{42,44}={0,2})
    <input                  password     <(?i:input)\b(?=[^<>]{0,400}(?i:type=[\"']?password))[^<>]{0,400}?\b(?i:value)=[\"'](?P<secret>[^\"'<>\n]{3,128})[\"']
    <add                    password     (?i:<add[ \t]{1,3}key=\"[^\"\n]{0,40}(?:password|secret|token|apikey)[^\"\n]{0,20}\"[ \t]{1,3}value=)\"(?P<secret>[^\"\n]{3,128})\"
"""

# Commands that take a password: their names, and what leads to it behind a blank, or right behind the name (^). The
# letters of an option count: -p and -P are two.
COMMANDS = (
    ("mysql mysqldump mysqladmin mysqlimport mysqlcheck mariadb mariadb-dump", r"-p"),
    ("sshpass", r"-p[ \t]?"),
    ("psexec psexec64 paexec wmiexec smbexec evil-winrm crackmapexec nxc netexec", r"[-/][pP][ \t]+"),
    ("winexe smbclient rpcclient smbmap", r"(?:-U|--user)[ \t=]?[\"']?[^\s%]{1,64}%"),
    ("plink pscp psftp putty kitty", r"-pw[ \t]+"),
    ("curl", r"(?:-u|-U|--user|--proxy-user)[ \t=]?[\"']?[^\s:\"']{1,64}:"),
    ("xfreerdp wfreerdp sdl-freerdp", r"[-/]p[: ]"),
    ("rdesktop ncftpput ncftpget vncviewer", r"-p(?:assw(?:or)?d)?[ \t=]+"),
    ("mongo mongosh mongodump mongorestore", r"-p[ \t=]+"),
    ("login", r"-p[ \t]+"),  # docker, podman, az, oc, helm registry …
    ("sqlcmd osql bcp", r"[-/]P[ \t]?"),
    ("sqlplus rman expdp impdp exp imp", r"(?:-\w{1,8}[ \t]+){0,3}[\w$]{1,40}/(?P<bare>[^\s@]{3,64})"),
    ("redis-cli", r"(?:-a|--pass)[ \t=]+"),
    ("ldapsearch ldapmodify ldapadd ldappasswd", r"-w[ \t]?"),
    ("htpasswd", r"^[ \t]+-\w{0,4}b\w{0,4}[ \t]+(?:\S{1,200}[ \t]+)?\S{1,64}[ \t]+"),
    ("ipmitool", r"-P[ \t]+"),
    ("schtasks", r"/(?:rp|p)[ \t:]+"),
    ("cmdkey", r"/p(?:ass)?:"),
    ("rasdial", r"^[ \t]+(?:\"[^\"\n]{1,64}\"|\S{1,64})[ \t]+[^\s/]{1,64}[ \t]+"),
    ("anydesk teamviewer rustdesk", r"--?(?:with-|set-)?password[ \t]+"),
    ("lftp", r"-u[ \t]+[^\s,]{1,64},"),
    ("zip unzip", r"-P[ \t]+"),
    ("7z 7za rar unrar", r"-h?p"),
    ("openssl", r"-pass(?:in|out)?[ \t]+pass:"),
    ("keytool", r"-(?:store|key)pass[ \t]+"),
    ("dsadd dsmod", r"-pwd[ \t]+"),
    ("echo", r"^[ \t]+(?=[^\n|]{1,80}\|[ \t]*sudo[ \t]+-S)"),
    ("user", r"^[ \t]+(?!/)\S{1,64}[ \t]+(?=\S+[ \t]+/add|\S*\d)"),  # net user NAME PASSWORD /add
    ("use", r"^(?:[ \t]+(?:[a-zA-Z*]:|\*))?[ \t]+\\\\\S{1,200}(?:[ \t]+/\S{1,120}){0,4}[ \t]+"),  # net use
)
# Names above that are everyday words, and what has to precede them.
BEHIND = {
    "login": r"(?:docker|podman|buildah|az|oc|helm registry|skopeo)[ \t]+",
    "user": r"net(?:\.exe)?[ \t]+",
    "use": r"net(?:\.exe)?[ \t]+",
}

# ---- Cards and accounts

# Card numbers: how an issuer's begin, and how long they are.
CARDS = r"4\d{15}|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|6(?:011|5\d\d|4[4-9]\d)\d{12}|35(?:2[89]|[3-8]\d)\d{12}|3(?:0[0-5]|[68]\d)\d{11}|62\d{14,17}"
# How long an IBAN is, by country.
IBANS = """
    AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18 FO18
    FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21
    LY25 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SE24 SI19 SK24 SM27
    ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20
"""

# ---- Names of files that hold a password

FILES = "png jpg jpeg gif bmp webp heic tif tiff svg txt rtf doc docx xls xlsx csv ods odt pdf kdbx one md log zip"
PICTURES = "png jpg jpeg gif bmp webp heic tif tiff"
HELD = """
    password passwords passwd passwort passwörter kennwort kennwörter credential credentials creds login-data logindata
    zugangsdaten motdepasse mot-de-passe mot_de_passe mots-de-passe mdp contraseña contraseñas senha senhas wachtwoord
    wachtwoorden adgangskode adgangskoder kodeord lösenord passord salasana hasło hasla heslo hesla пароль пароли паролі
    şifre sifreler parola jelszó jelszavak пароль lozinka 密码 密碼 パスワード 비밀번호 كلمة-المرور
"""
# Words that make it a picture of a program, not of a secret.
NOT_HELD = """
    fill browser database wizard entry entries add create shared default error errors err fail failed fehler erreur dialog dialogue box field prompt window screen screenshot-of reset forgot
    forgotten change changed policy wrong invalid manager generator settings setting option options strength protection
    protected expired page form empty help guide howto manual icon logo button bug issue missing without no test checker
    hash removed hidden blank masked redacted template example sample readme rules requirements
"""
ATTACHED = """
    attach anhang angehäng anlage beigefügt joint pièce adjunt anex allegat bijlage bijgevoegd vedhæft vedlagt bifoga
    bilaga liite załącz přílo прилож вложен прикреп додаю вкладен ekte ekli mellékel csatol anexa atașa 附件 添付 첨부 مرفق
    see siehe voir screenshot picture image photo foto bild upload file datei
"""

# ---- Invitations to connect

# Words of invitation, words for coming in, and words that tell a report of trouble from an invitation, each as the
# beginning of a word.
ASKING = """
    please/pls/you can/you could/you may/can you/could you/would you/will you/feel free/go ahead/welcome to/someone
    anyone/anybody/kindly/connect to me/so you can/so that you can/just connect/just log/waiting for you/ready for you/it is ok to/you are allowed
    bitte/sie können/können sie/sie dürfen/du kannst/kannst du/du darfst/gerne/ihr könnt
    vous pouvez/pouvez-vous/n'hésitez/tu peux/peux-tu/merci de/veuillez/s'il vous plaît/svp
    puede/pueden/puedes/pueda/podéis/por favor/podría/podrían
    pode/podem/poderia/favor/podes
    potete/può/puoi/per favore/prego/potrebbe/potreste/pure
    u kunt/kunt u/je kunt/kun je/kan je/gerust/graag/alstublieft
    du kan/i kan/de kan/venligst/vær så god/må gjerne/vennligst
    ni kan/ni får/du får/gärna/vänligen/snälla
    voitte/voit/olkaa hyvä
    proszę/możesz/możecie/mogą państwo/może pan/może pani/śmiało
    prosím/můžete/můžeš/môžete
    можете/можно/пожалуйста/прошу/можешь/будь ласка/моля/подключайтесь/подключитесь/заходите/підключайтесь
    lütfen/*bilirsiniz/buyurun
    kérem/nyugodtan/vă rog/puteți/poți/μπορείτε/παρακαλώ
    vui lòng/có thể/hãy/silakan/tolong
    请/請/可以/麻烦/麻煩/ください/下さい/どうぞ/できます/주세요/하세요/가능/하셔도
    يمكنك/الرجاء/من فضلك/لطفا/אנא/אפשר/תוכלו/กรุณา/โปรด/कृपया
"""
COMING_IN = """
    connect/log in/log on/login/logon/sign in/log into/log onto/get in/access/remote in/remote into/remote to/take over
    take a look/have a look/take control/dial in/join/use my/control my/get on
    verbind/verbund/einlogg/anmeld/zugreif/aufschalt/draufschau/ansehen/anschau/einwähl/schauen
    connecter/connectez/connecte-toi/prendre la main/accéd/regarder/vous brancher/prenez la main
    conect/acced/entrar/entre/ingres/acess/ligar/ligue
    colleg/conness/conneett/connett/accedere/acceda/entrare
    verbinding/verbind/inlog/meekijk/overnem/overneem
    logge på/log på/logge inn/logge ind/forbind/tilslut/koble/kobl/overtag/kigge
    anslut/logga in/logga på/koppla upp/kolla
    yhdist/kirjautu
    połącz/zaloguj/zalogować/podłącz/zajrzeć/wejść
    připoj/přihlás/pripoj/prihlás
    подключ/зайти/заход/войти/войд/соедин/підключ/зайти/увійти/свърж/приєдна
    bağlan/giriş yap/gir
    csatlakoz/kapcsolód/belép/conecta/συνδεθ/συνδέ
    kết nối/truy cập/đăng nhập/terhubung/hubungkan/masuk/sambung
    连接/連接/远程/遠端/登录/登入/连我/连上/接続/リモート/ログイン/入って/접속/연결/원격
    الاتصال/الدخول/تتصل/وصل/اتصال/התחבר/להתחבר/เชื่อมต่อ/कनेक्ट
"""
TROUBLE = """
    cannot/can't/can not/could not/couldn't/unable/fail/error/not /doesn't/won't/isn't/how /why /when i/when we/when the
    when trying/while i/after the/after i/offline/trying/try to/tries/tried/call me/call us/phone/tel /fax/never
    hang/refus/denied/instead/order/invoice/licen/ticket/rechnung/bestell/lizenz/commande/factur/pedido/заказ/лиценз
    nicht/kein/fehl/wie /warum/wenn ich/nachdem/anruf/telefon/versuch
    impossible/n'arrive/ne marche/ne fonctionne/ne peu/erreur/échou/comment /pourquoi/quand je/téléphone/appel
    no puedo/no se/no me/no podemos/cómo/como /por qué/cuando int/llama/teléfono/falla
    não /erro/falha/telefone/quando /non /errore/perché/telefono/chiam/fallisc
    niet/geen/fout/hoe /waarom/wanneer ik/telefoon/bel me
    ikke/fejl/feil/hvordan/hvorfor/når jeg/inte /hur /varför/när jag
    nie /błąd/jak /dlaczego/kiedy/zadzwo/nelze/nejde/nemohu/chyba/proč
    не /ошибк/как /почему/когда я/звон/телефон/помилк/чому/коли я/грешк
    *amıyor/*emiyor/hata/nasıl/neden/nem /hiba/hogyan/nu pot/nu se/eroare/cum /δεν/πώς
    không/lỗi/tidak/gagal/bagaimana/kenapa
    无法/不能/不了/失败/错误/怎么/如何/為什麼/できません/できない/エラー/どう/없/오류/실패/어떻게/لا /خطأ/كيف/لماذا/ไม่
"""

# ---- Mark-up

# Tags of a page or a forum around words: those that begin a line, a cell, mark code, or do nothing.
LINE_TAGS = "br p div tr li ul ol dl table tbody thead pre blockquote h1 h2 h3 h4 h5 h6 hr quote center"
CELL_TAGS = "td th dd dt"
CODE_TAGS = "code kbd tt samp"
OTHER_TAGS = "b i u s em strong span font big small mark label sub sup color size left right body html"
ENTITIES = {"nbsp": " ", "colon": ":", "quot": '"', "apos": "'", "amp": "&", "lt": "<", "gt": ">", "ndash": "-"}
