/** Texts as models write them, and as they hopefully do not. */
import fc from 'fast-check'

/** Prose in many languages and scripts, code, markup, numbers. */
export const SAMPLES: readonly string[] = [
  "Once upon a time, they'd said, we'll see: IT'S ALREADY TOO LATE, I'VE GONE. O'Brien's dogs can't.",
  'Voix ambiguë d’un cœur qui, au zéphyr, préfère les jattes de kiwis. Größenwahn über süße Öfen, Straße.',
  'Pchnąć w tę łódź jeża lub ośm skrzyń fig. Příliš žluťoučký kůň. Árvíztűrő tükörfúrógép. İstanbul’da ışık.',
  'Съешь же ещё этих мягких французских булок, да выпей чаю. Ґанок, їжак, ђак, ўзор.',
  'Ξεσκεπάζω την ψυχοφθόρα βδελυγμία. ΘΑΛΑΣΣΑ ὕδωρ. Կրնամ ապակի ուտել. მინას ვჭამ.',
  'אני יכול לאכול זכוכית וזה לא מזיק לי. שָׁלוֹם',
  'أنا قادر على أكل الزجاج و هذا لا يؤلمني. ۱۲۳۴۵ ١٢٣٤٥',
  'मैं काँच खा सकता हूँ और मुझे उससे कोई चोट नहीं पहुंचती। আমি কাঁচ খেতে পারি। நான் கண்ணாடி சாப்பிடுவேன். నేను గాజు తినగలను.',
  'ฉันกินกระจกได้ แต่มันไม่ทำให้ฉันเจ็บ ខ្ញុំអាចញុំកញ្ចក់បាន ကျွန်တော် မှန်စားနိုင်တယ်။',
  '我能吞下玻璃而不伤身体。「臺灣」2026年11月24日,第3.5章。私はガラスを食べられます。ギャル文字。나는 유리를 먹을 수 있어요.',
  'Tôi có thể ăn thủy tinh mà không hại gì. Mo lè je̩ gíláàsì. Ka tika ana au ki te kai karaihe.',
  '🎉👩‍👩‍👧‍👦🏳️‍🌈🇩🇪 1️⃣ ¯\\_(ツ)_/¯ e\u0301 n\u0303 \u200d\u200b Z̷̢͎a̵l̴g̶o̸ ﷽ 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𓀀𓁐 ǅ ʰʲ',
  'function f(a: number[]): void {\r\n\tfor (let i = 0; i < a.length; ++i) { a[i] **= 2 } // é\r\n}\r\n\r\n',
  'def f(x):\n    """Doc."""\n    return {k: v for k, v in x.items() if k != "__init__"}\n\n\n#!/usr/bin/env python3\n',
  'SELECT * FROM t WHERE a<>b AND c IS NOT NULL;\n-- comment\n<div class="x">&nbsp;</div>\n| a | b |\n|---|---|\n',
  '3.14159265358979 1,234,567.89 0xDEADBEEF 1e-9 ½ ² Ⅷ ٣ 10000000000000000000000 2026-11-24T16:00:00.000Z',
  'https://example.org/a/b?c=d&e=%20#f  //\n/\n\n//! <|endoftext|><|endofprompt|> <|im_start|>system<|im_end|>',
  ' leading   inner  spaces \t\ttabs\u00a0nbsp\u3000ideographic\u2028line \r \r\n \n trailing   ',
]

/** Any UTF-16 units at all, unpaired surrogates among them. */
const units = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 60 })
  .map((codes) => String.fromCharCode(...codes))

/** A short text over and over. */
const run = fc
  .tuple(fc.oneof(fc.string({ unit: 'binary', minLength: 1, maxLength: 3 }), units), fc.nat(300))
  .map(([text, times]) => text.repeat(times))

const whitespace = fc.string({
  unit: fc.constantFrom(' ', ' ', '\n', '\r', '\t', '\u00a0', '\u3000', '/', 'a', '!', '1'),
  maxLength: 60,
})

/** Pieces of the samples, cut anywhere. */
const scrap = fc
  .tuple(fc.constantFrom(...SAMPLES), fc.nat(90), fc.nat(30))
  .map(([text, from, length]) => text.slice(from, from + length))

/** Any text: of all kinds, joined. */
export const wildText = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 30 }),
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.string({ unit: 'binary-ascii', maxLength: 60 }),
      units,
      run,
      whitespace,
      scrap,
    ),
    { maxLength: 4 },
  )
  .map((parts) => parts.join(''))
