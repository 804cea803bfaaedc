import type { LibraryContent } from "../../../lib/content/index.ts";

/** A page: its title, the other words for it, its text, and ways people ask for it. */
interface SmallPage {
  title: string;
  keywords: string[];
  text: string;
  questions: string[];
}

/** The four pages of a language, and ten questions about them, each with its page. */
interface SmallLibrary {
  pages: Record<"condoms" | "pill" | "period" | "hiv", SmallPage>;
  asked: [page: "condoms" | "pill" | "period" | "hiv", question: string][];
}

/** Small libraries in scripts and languages that differ from English: without blanks, with marks, with long compounds. */
export const SMALL_LIBRARIES: Record<"ar" | "de" | "ru" | "th" | "zh", SmallLibrary> = {
  ar: {
    pages: {
      condoms: {
        title: "الواقي الذكري",
        keywords: ["كوندوم", "عازل"],
        text: "الواقي الذكري غطاء رقيق يُلبس على القضيب المنتصب قبل الجماع. يحمي من الحمل ومن العدوى المنقولة جنسياً. تحقق من تاريخ الصلاحية وافتح الغلاف برفق، ثم اضغط على طرفه وافرده حتى القاعدة. إذا تمزق الواقي فاطلب وسائل منع الحمل الطارئة خلال ثلاثة أيام.",
        questions: ["كيف ألبس الواقي", "تمزق الكوندوم ماذا أفعل"],
      },
      pill: {
        title: "حبوب منع الحمل",
        keywords: ["حبة", "أقراص منع الحمل"],
        text: "تؤخذ حبوب منع الحمل كل يوم في نفس الوقت. تمنع الهرمونات خروج البويضة. إذا نسيتِ حبة فخذيها حالما تتذكرين، واقرئي النشرة. قد يحدث غثيان أو صداع في الأشهر الأولى.",
        questions: ["نسيت الحبة أمس", "هل حبوب منع الحمل آمنة"],
      },
      period: {
        title: "الدورة الشهرية",
        keywords: ["الحيض", "العادة الشهرية"],
        text: "الدورة الشهرية نزيف من الرحم يأتي كل أربعة أسابيع تقريباً ويستمر من ثلاثة إلى سبعة أيام. تخفف الحرارة والمسكنات آلام البطن. إذا تأخرت الدورة فقد يكون السبب حملاً أو توتراً.",
        questions: ["تأخرت الدورة أسبوعاً", "ألم شديد أثناء الحيض"],
      },
      hiv: {
        title: "فيروس نقص المناعة البشرية",
        keywords: ["الإيدز", "السيدا"],
        text: "ينتقل فيروس نقص المناعة عن طريق الجنس دون حماية والدم وحليب الأم، ولا ينتقل بالقبلات أو المصافحة. الفحص مجاني وسري في مراكز كثيرة. يبقى المصاب بصحة جيدة إذا تناول العلاج كل يوم.",
        questions: ["أين أفحص الإيدز", "هل ينتقل الفيروس بالقبلة"],
      },
    },
    asked: [
      ["condoms", "كيف استعمل الواقي"],
      ["condoms", "الواقى الذكرى تمزق"],
      ["condoms", "هل العازل يحمي من الحمل"],
      ["pill", "نسيتُ حبّة منع الحمل"],
      ["pill", "متى آخذ الحبوب كل يوم"],
      ["period", "الدوره الشهريه تأخرت"],
      ["period", "عندي ألم في البطن مع الحيض"],
      ["period", "كم يوماً تستمر العادة"],
      ["hiv", "اين يمكن فحص الايدز"],
      ["hiv", "هل المصافحة تنقل الفيروس"],
    ],
  },
  de: {
    pages: {
      condoms: {
        title: "Kondome",
        keywords: ["Präservativ", "Gummi"],
        text: "Ein Kondom wird vor dem Geschlechtsverkehr über den steifen Penis gerollt. Es schützt vor einer Schwangerschaft und vor sexuell übertragbaren Infektionen. Prüfen Sie das Haltbarkeitsdatum und drücken Sie die Spitze zusammen. Ist das Kondom gerissen, hilft die Notfallverhütung bis zu drei Tage danach.",
        questions: ["wie zieht man ein kondom über", "das gummi ist gerissen"],
      },
      pill: {
        title: "Die Antibabypille",
        keywords: ["Pille", "Verhütungspille", "Minipille"],
        text: "Die Antibabypille wird jeden Tag zur gleichen Zeit eingenommen. Ihre Hormone verhindern den Eisprung. Haben Sie eine Tablette vergessen, nehmen Sie sie, sobald Sie daran denken. Übelkeit und Kopfschmerzen sind in den ersten Monaten häufige Nebenwirkungen.",
        questions: ["pille vergessen was nun", "macht die pille dick"],
      },
      period: {
        title: "Menstruation",
        keywords: ["Periode", "Regelblutung", "meine Tage"],
        text: "Die Regelblutung kommt etwa alle vier Wochen und dauert drei bis sieben Tage. Wärme und Schmerzmittel lindern die Krämpfe. Bleibt die Periode aus, kann eine Schwangerschaft oder Stress der Grund sein.",
        questions: ["meine tage sind überfällig", "starke regelschmerzen"],
      },
      hiv: {
        title: "HIV und Aids",
        keywords: ["Aids", "HI-Virus"],
        text: "HIV wird durch ungeschützten Geschlechtsverkehr, Blut und Muttermilch übertragen, nicht durch Küssen oder Händeschütteln. Der Test ist im Gesundheitsamt anonym und kostenlos. Mit täglicher Behandlung bleiben Menschen mit HIV gesund.",
        questions: ["wo kann ich einen hiv test machen", "kann man sich beim küssen anstecken"],
      },
    },
    asked: [
      ["condoms", "Kondomgröße richtig wählen"],
      ["condoms", "unser kondom is geplatzt"],
      ["condoms", "wie benutzt man Präservative"],
      ["pill", "ich habe gestern die Antibabypillen vergessen"],
      ["pill", "Pilleneinnahme vergessen"],
      ["pill", "welche Nebenwirkung hat die Verhütungspille"],
      ["period", "Menstruationsbeschwerden was hilft"],
      ["period", "meine Regel bleibt aus"],
      ["hiv", "HIV-Schnelltest wo"],
      ["hiv", "Ansteckung mit Aids durch Blut"],
    ],
  },
  ru: {
    pages: {
      condoms: {
        title: "Презервативы",
        keywords: ["гондон", "резинка"],
        text: "Презерватив надевают на эрегированный член до начала секса. Он защищает от беременности и инфекций, передающихся половым путём. Проверьте срок годности и сожмите кончик. Если презерватив порвался, экстренная контрацепция помогает до трёх дней.",
        questions: ["как надеть презерватив", "порвалась резинка что делать"],
      },
      pill: {
        title: "Противозачаточные таблетки",
        keywords: ["оральные контрацептивы", "ОК"],
        text: "Противозачаточные таблетки принимают каждый день в одно и то же время. Гормоны не дают яйцеклетке выйти. Если вы забыли таблетку, примите её, как только вспомните. В первые месяцы бывают тошнота и головная боль.",
        questions: ["забыла выпить таблетку", "полнеют ли от таблеток"],
      },
      period: {
        title: "Месячные",
        keywords: ["менструация", "критические дни"],
        text: "Месячные приходят примерно раз в четыре недели и длятся от трёх до семи дней. Тепло и обезболивающее снимают спазмы. Задержка бывает из-за беременности или стресса.",
        questions: ["задержка неделю", "сильно болит живот при месячных"],
      },
      hiv: {
        title: "ВИЧ и СПИД",
        keywords: ["вирус иммунодефицита"],
        text: "ВИЧ передаётся при незащищённом сексе, через кровь и грудное молоко, но не через поцелуи и рукопожатия. Тест можно сделать бесплатно и анонимно. При ежедневном лечении люди с ВИЧ остаются здоровыми.",
        questions: ["где сдать тест на вич", "передаётся ли вич через поцелуй"],
      },
    },
    asked: [
      ["condoms", "как правильно пользоваться презервативом"],
      ["condoms", "у нас порвался презик"],
      ["condoms", "размер презервативов"],
      ["pill", "вчера забыла принять противозачаточную"],
      ["pill", "тошнит от таблеток"],
      ["period", "менструация не пришла"],
      ["period", "что помогает от боли при месячных"],
      ["period", "сколько дней длится менструация"],
      ["hiv", "можно ли заразиться вич через кровь"],
      ["hiv", "анонимный тест на спид"],
    ],
  },
  th: {
    pages: {
      condoms: {
        title: "ถุงยางอนามัย",
        keywords: ["ถุงยาง", "คอนดอม"],
        text: "สวมถุงยางอนามัยที่อวัยวะเพศชายที่แข็งตัวก่อนมีเพศสัมพันธ์ ถุงยางช่วยป้องกันการตั้งครรภ์และโรคติดต่อทางเพศสัมพันธ์ ตรวจวันหมดอายุและบีบปลายถุง ถ้าถุงยางแตกให้ใช้ยาคุมฉุกเฉินภายในสามวัน",
        questions: ["ใส่ถุงยางยังไง", "ถุงยางแตกทำไงดี"],
      },
      pill: {
        title: "ยาเม็ดคุมกำเนิด",
        keywords: ["ยาคุม"],
        text: "กินยาเม็ดคุมกำเนิดทุกวันเวลาเดียวกัน ฮอร์โมนจะยับยั้งการตกไข่ ถ้าลืมกินยาให้กินทันทีที่นึกได้ ช่วงเดือนแรกอาจคลื่นไส้หรือปวดหัว",
        questions: ["ลืมกินยาคุม", "กินยาคุมแล้วอ้วนไหม"],
      },
      period: {
        title: "ประจำเดือน",
        keywords: ["เมนส์", "รอบเดือน"],
        text: "ประจำเดือนมาประมาณทุกสี่สัปดาห์และนานสามถึงเจ็ดวัน ความร้อนและยาแก้ปวดช่วยลดอาการปวดท้อง ถ้าประจำเดือนขาดอาจเกิดจากการตั้งครรภ์หรือความเครียด",
        questions: ["เมนส์ไม่มา", "ปวดท้องเมนส์มาก"],
      },
      hiv: {
        title: "เอชไอวีและเอดส์",
        keywords: ["เอชไอวี", "เอดส์", "HIV"],
        text: "เชื้อเอชไอวีติดต่อทางเพศสัมพันธ์ที่ไม่ป้องกัน ทางเลือด และน้ำนมแม่ ไม่ติดต่อทางการจูบหรือจับมือ ตรวจฟรีและเป็นความลับได้ที่โรงพยาบาล ถ้ากินยาทุกวันผู้ติดเชื้อจะแข็งแรง",
        questions: ["ตรวจเอชไอวีที่ไหน", "จูบกันติดเอดส์ไหม"],
      },
    },
    asked: [
      ["condoms", "วิธีใส่ถุงยางอนามัย"],
      ["condoms", "ถุงยางขาด"],
      ["condoms", "คอนดอมหมดอายุใช้ได้ไหม"],
      ["pill", "ลืมกินยาเม็ดคุมกำเนิดเมื่อวาน"],
      ["pill", "ยาคุมทำให้คลื่นไส้ไหม"],
      ["period", "ประจำเดือนมาช้า"],
      ["period", "ปวดประจำเดือนทำยังไง"],
      ["period", "รอบเดือนกี่วัน"],
      ["hiv", "เอชไอวีติดต่อทางเลือดไหม"],
      ["hiv", "อยากตรวจเอดส์"],
    ],
  },
  zh: {
    pages: {
      condoms: {
        title: "避孕套",
        keywords: ["安全套", "套套"],
        text: "性交前把避孕套套在勃起的阴茎上。它可以预防怀孕和性传播感染。检查有效期，捏住顶端再往下推。如果避孕套破了，三天之内可以使用紧急避孕。",
        questions: ["避孕套怎么戴", "套套破了怎么办"],
      },
      pill: {
        title: "避孕药",
        keywords: ["口服避孕药", "短效避孕药"],
        text: "避孕药每天在同一时间服用。激素阻止排卵。如果忘记吃一片，想起来就马上补吃。头几个月可能会恶心或头痛。",
        questions: ["忘记吃避孕药", "吃避孕药会胖吗"],
      },
      period: {
        title: "月经",
        keywords: ["例假", "大姨妈", "经期"],
        text: "月经大约四周来一次，持续三到七天。热敷和止痛药可以缓解腹痛。月经推迟的原因可能是怀孕或压力。",
        questions: ["月经推迟一周", "痛经很厉害"],
      },
      hiv: {
        title: "艾滋病",
        keywords: ["艾滋病病毒", "HIV"],
        text: "艾滋病病毒通过无保护的性行为、血液和母乳传播，接吻和握手不会传染。检测免费而且保密。坚持每天服药，感染者可以健康生活。",
        questions: ["去哪里做艾滋病检测", "接吻会得艾滋病吗"],
      },
    },
    asked: [
      ["condoms", "安全套怎么用"],
      ["condoms", "避孕套过期了"],
      ["condoms", "昨天晚上套破了"],
      ["pill", "昨天忘了吃避孕药"],
      ["pill", "避孕药的副作用是恶心吗"],
      ["period", "大姨妈没来"],
      ["period", "月经来几天正常"],
      ["period", "来例假肚子疼"],
      ["hiv", "握手会传染艾滋吗"],
      ["hiv", "HIV检测保密吗"],
    ],
  },
};

/** A small library as the bot loads it. */
export function smallLibrary(language: keyof typeof SMALL_LIBRARIES): LibraryContent {
  const pages = Object.entries(SMALL_LIBRARIES[language].pages).map(([name, page]) => ({
    ...page,
    id: `${language}/${name}`,
    language,
    urgent: [],
  }));
  return {
    passages: pages.map(({ id, title, keywords, text }) => ({
      id: `${id}#1`,
      pageId: id,
      language,
      title,
      keywords,
      text,
    })),
    pages,
    unanswered: {},
  };
}
