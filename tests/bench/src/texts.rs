//! Comments to submit: Vietnamese in its syllables and their skew, the same for the same seed.

/// A generator of numbers (splitmix64): the same for the same seed, on every machine.
#[derive(Debug, Clone)]
pub struct Numbers(u64);

/// The mixing of splitmix64: a bijection, so distinct counters give distinct numbers.
pub fn mixed(counter: u64) -> u64 {
    let mut z = counter.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Numbers {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Self(mixed(seed))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed(self.0)
    }

    /// From 0 to 1, without 1.
    pub fn fraction(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Below the bound.
    pub fn below(&mut self, bound: usize) -> usize {
        ((self.fraction() * bound as f64) as usize).min(bound.saturating_sub(1))
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn of<'a>(&mut self, list: &'a [String]) -> &'a str {
        let index = self.below(list.len());
        list.get(index).map_or("", String::as_str)
    }
}

const INITIALS: [&str; 22] = [
    "đ", "th", "nh", "c", "t", "h", "l", "ng", "tr", "ch", "kh", "b", "m", "v", "s", "x", "g", "ph", "n",
    "d", "r", "q",
];
/// Each with its six tones.
const RHYMES: [&str; 24] = [
    "a à á ả ã ạ",
    "o ò ó ỏ õ ọ",
    "ô ồ ố ổ ỗ ộ",
    "i ì í ỉ ĩ ị",
    "ê ề ế ể ễ ệ",
    "ư ừ ứ ử ữ ự",
    "an àn án ản ãn ạn",
    "ân ần ấn ẩn ẫn ận",
    "ông ồng ống ổng ỗng ộng",
    "anh ành ánh ảnh ãnh ạnh",
    "inh ình ính ỉnh ĩnh ịnh",
    "iên iền iến iển iễn iện",
    "ương ường ướng ưởng ưỡng ượng",
    "uy ùy úy ủy ũy ụy",
    "ai ài ái ải ãi ại",
    "âu ầu ấu ẩu ẫu ậu",
    "iêu iều iếu iểu iễu iệu",
    "uyên uyền uyến uyển uyễn uyện",
    "ong òng óng ỏng õng ọng",
    "ăng ằng ắng ẳng ẵng ặng",
    "ơi ời ới ởi ỡi ợi",
    "ao ào áo ảo ão ạo",
    "em èm ém ẻm ẽm ẹm",
    "un ùn ún ủn ũn ụn",
];

/// Phrases that comments contain, each in one of so many: what the search scenarios look for.
pub const PHRASES: [(&str, usize); 5] = [
    ("đề nghị bổ sung", 5),
    ("rà soát số liệu", 200),
    ("kinh phí đối ứng", 2_000),
    ("thủy lợi nội đồng", 20_000),
    ("hồ chứa núi cốc", 200_000),
];

/// What comments are made of.
#[derive(Debug, Clone)]
pub struct Texts {
    syllables: Vec<String>,
}

/// A comment's words.
#[derive(Debug, Clone)]
pub struct Written {
    /// 200 to 400 characters.
    pub text: String,
    /// Of one in four: the wording proposed instead; else empty.
    pub proposed_change: String,
}

impl Texts {
    /// Some 3,000 syllables, the frequent ones first.
    pub fn new(seed: u64) -> Self {
        let mut numbers = Numbers::new(seed);
        let mut syllables: Vec<String> = INITIALS
            .iter()
            .flat_map(|initial| {
                RHYMES
                    .iter()
                    .flat_map(|rhyme| rhyme.split(' '))
                    .map(move |rhyme| format!("{initial}{}{rhyme}", if *initial == "q" { "u" } else { "" }))
            })
            .collect();
        // Which are frequent is chance.
        for last in (1..syllables.len()).rev() {
            let other = numbers.below(last + 1);
            syllables.swap(last, other);
        }
        Self { syllables }
    }

    /// The frequency falls with the rank, as that of words does (Zipf): the power makes the first hundred of some 3,000
    /// syllables take half of a text.
    fn syllable(&self, numbers: &mut Numbers) -> &str {
        let skewed = numbers.fraction().powi(5);
        let index = (skewed * self.syllables.len() as f64) as usize;
        self.syllables.get(index).map_or("", String::as_str)
    }

    fn sentence(&self, numbers: &mut Numbers, characters: usize) -> String {
        let mut text = String::with_capacity(characters * 2);
        let mut length = 0;
        while length < characters {
            let syllable = self.syllable(numbers);
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(syllable);
            length += syllable.chars().count() + 1;
            if numbers.one_in(12) {
                text.push(',');
                length += 1;
            }
        }
        text
    }

    /// The words of one comment.
    pub fn write(&self, numbers: &mut Numbers) -> Written {
        let length = 180 + numbers.below(200);
        let mut text = self.sentence(numbers, length);
        for (phrase, rarity) in PHRASES {
            if numbers.one_in(rarity) {
                text.push_str("; ");
                text.push_str(phrase);
            }
        }
        text.push('.');
        let proposed_change = if numbers.one_in(4) { self.sentence(numbers, 80) } else { String::new() };
        Written { text, proposed_change }
    }

    /// A name of a few syllables.
    pub fn name(&self, numbers: &mut Numbers, syllables: usize) -> String {
        (0..syllables).map(|_| numbers.of(&self.syllables)).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_writes_the_same_comments_of_the_length_of_real_ones() {
        let write = |seed| {
            let (texts, mut numbers) = (Texts::new(seed), Numbers::new(seed));
            (0..500).map(|_| texts.write(&mut numbers).text).collect::<Vec<_>>()
        };
        let written = write(20);
        assert_eq!(written, write(20));
        assert_ne!(written, write(21));
        let lengths = written.iter().map(|text| text.chars().count());
        assert!(lengths.clone().all(|length| (180..=480).contains(&length)), "{:?}", lengths.max());
        assert!(written.iter().any(|text| text.contains("đề nghị bổ sung")));
        assert!(Texts::new(20).syllables.len() > 3_000);
    }
}
