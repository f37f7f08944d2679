"""The plots: each adds its sentences to a scene and returns the lesson of the story."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    from stories import Scene

Plot = Callable[["Scene"], str]


def lost_thing(s: "Scene") -> str:
    s.add("^{n} had a {size} {color} {toy} and loved it very much.",
          "^{n}'s favorite thing was a {color} {toy}.",
          "^{his} [mother|grandmother|uncle] had given {him} a {color} {toy}.")
    s.add("{when}, {n} looked for the {toy}, but it was gone.",
          "{when}, the {toy} was not in its place.", "{when}, {n} could not find the {toy}.")
    s.maybe("\"[Oh no!|Where is my {toy}?|Who has seen my {toy}?]\" said {n}.",
            "^{n} felt [very sad|worried|so sad] and [began to cry|sat down].")
    s.maybe("^{he} looked under the bed and behind the door, but it was not there.",
            "^{he} looked everywhere. ^{he} looked [up and down|left and right].")
    s.paragraph()
    s.add("Then {n} met {fintro}. \"[Why are you so sad?|What is wrong?|What are you looking for?]\" "
          "[asked|said] {fn}.",
          "^{fintro} [came by|heard {him}|saw {him}]. \"[Can I help you?|What happened?]\" asked {fn}.")
    s.add("\"I lost my {toy},\" said {n}. \"[Do not worry|I will help you|Let us look together],\" "
          "said {fn}.", "\"My {toy} is gone,\" said {n}. \"[Then we will find it|Let us find it],\" "
          "said {fn}.")
    s.add("They [walked|went] to {other} and looked near {othersight}.",
          "Together they looked [all day|for a long time], and they came to {other}.",
          "They asked everyone they met. Then they came to {other}.")
    s.add("There it was! The {toy} was [lying near {othersight}|under a {size} leaf|behind a stone|"
          "next to {othersight}].", "And there, near {othersight}, was the {color} {toy}!",
          "\"[Look!|Look over there!|I see it!]\" said {fn}. The {toy} was near {othersight}.")
    s.add("^{n} was so happy that {he} [danced|jumped up and down|laughed out loud].",
          "\"Thank you [so much|very much]!\" said {n}, and gave {fn} a big hug.",
          "^{n} [held|hugged] the {toy} and said, \"Thank you, my friend!\"")
    s.maybe("After that, {n} always put the {toy} [in a safe place|back in its place].",
            "They [played with|shared] the {toy} until the sun went down.")
    return "it is easier to find something together"


def new_friend(s: "Scene") -> str:
    s.add("But {n} was [often|a little|very] lonely, for {he} had [no friends|nobody to play with].",
          "^{n} wanted [a friend|to find a friend] more than anything.",
          "^{he} had many toys, but [no friend|nobody to share them with].")
    s.add("{when}, {n} went [for a walk|out to play] and saw {fintro} [near {sight}|sitting alone].",
          "{when}, {fintro} came to {placename}.")
    s.maybe("^{n} was [shy|a little afraid] and hid behind a [tree|wall|big stone].",
            "^{n} wanted to say hello, but {he} did not know how.")
    s.paragraph()
    s.add("\"[Hello|Hello there|Good morning],\" said {fn}. \"[What is your name?|Who are you?|Would "
          "you like to play?]\"",
          "Then {n} took a deep breath and said, \"[Hello!|Hello, I am {plain}.]\"")
    s.add("\"[I would like to play with you|Do you want to be my friend?|Will you play with me?]\" "
          "said {n}.", "\"I have [nobody to play with|no friends yet],\" said {n} [softly|in a small "
          "voice]. \"Me too,\" said {fn}.")
    s.add("So they played [hide and seek|with a {color} {toy}|games|in the grass] [all day|until the "
          "sun went down|all afternoon].",
          "They ran and [jumped|laughed|sang] {where}, and they shared a {food}.")
    s.maybe("^{fn} showed {n} [how to whistle|a secret path|a new game|a {color} {toy}].",
            "^{n} showed {fn} {sight}. \"[How pretty!|It is lovely here!]\" said {fn}.")
    s.add("When it was time to go home, {n} [smiled|was very happy]. \"[See you tomorrow|Come again "
          "soon]!\" {he} said.", "^{n} had found a friend at last.",
          "Now {n} was not lonely any more.")
    return "a kind word can make a new friend"


def storm(s: "Scene") -> str:
    s.add("{when}, {n} was [playing|walking|resting] {where}.",
          "{when}, {n} went out to look for [berries|shells|flowers|{fn}].")
    s.add("Suddenly the sky [grew dark|became dark and gray]. The wind blew hard and [rain began to "
          "fall|the rain came down].", "Then a big storm came. There was [thunder and lightning|wind "
          "and rain].")
    s.maybe("\"[I am afraid|I want to go home|What shall I do?]\" said {n}.",
            "^{n} [shook with fear|was cold and wet|did not know where to go].")
    s.paragraph()
    s.add("Then {he} saw a light. It was the [house|home|window] of {fintro}.",
          "Just then {fintro} called, \"Come [in here|with me]! [It is dry|It is safe|It is warm] "
          "here.\"")
    s.add("^{fn} gave {n} a warm blanket and a [bowl of soup|cup of tea|piece of pie].",
          "They sat [close together|by the fire] and listened to the [rain|wind|storm].",
          "^{fn} told {n} a funny story, and soon {n} was not afraid any more.")
    s.maybe("\"The storm will pass,\" said {fn}. \"[It always does|You will see|We are safe here].\"")
    s.add("[After a while|At last|Soon] the rain stopped and the sun came out.",
          "In the morning the storm was over and the sky was blue.")
    s.add("There was a beautiful rainbow over {placename}. \"Look!\" said {n}. \"[How lovely!|It has "
          "so many colors!]\"", "^{n} and {fn} [jumped|splashed|danced] in the puddles and laughed.")
    s.maybe("\"Thank you for helping me,\" said {n}.")
    return "after every storm the sun comes back"


def rescue(s: "Scene") -> str:
    s.add("{when}, {n} heard a [small|quiet|sad] voice. \"Help! Help!\" it said.",
          "{when}, {n} was walking {where} when {he} heard somebody [cry|call for help].")
    s.add("It was {fintro}. ^{fhe} was stuck [in the mud|under a branch|between two rocks|in a hole].",
          "^{n} looked around and saw {fintro}. ^{fhis} [foot|leg] was caught [in a rope|under a "
          "stone|in a net].")
    s.maybe("\"Please help me,\" said {fn}. \"I cannot get out.\"",
            "\"Do not be afraid,\" said {n}. \"I will help you.\"")
    s.paragraph()
    s.add("^{n} pulled and pulled, but it was too hard.", "First {n} tried to pull, but nothing "
          "happened.", "^{n} was too small to do it alone.")
    s.add("Then {he} had [an idea|a good idea]. ^{he} found a [long stick|strong rope|long branch] "
          "and [tried again|used it to help].",
          "So {n} ran to {other} and [got help|brought a strong rope|came back with a long stick].")
    s.add("One, two, three! ^{fn} was free!", "With one big pull, {fn} came out.",
          "At last {fn} was free again.")
    s.add("\"Thank you! You [saved me|are so brave|are a hero],\" said {fn}.",
          "^{fn} smiled and gave {n} a {color} {toy} to say thank you.",
          "\"How can I thank you?\" asked {fn}. \"Just be my friend,\" said {n}.")
    s.maybe("^{n} felt [proud and happy|warm inside|very proud].",
            "^{n}'s {relative} heard about it and was very proud of {him}.")
    return "even somebody small can be a big help"


def learn(s: "Scene") -> str:
    skill, tries = s.writer.pick((
        ("swim", "the water was deep"), ("dance", "{his} feet were slow"),
        ("sing", "{his} voice was too quiet"), ("paint", "the paint went everywhere"),
        ("bake bread", "the bread was as hard as a stone"),
        ("fly a kite", "the kite fell down"), ("climb", "the tree was too high"),
        ("jump far", "{he} fell down"), ("read", "the letters looked strange"),
        ("skate", "the ice was slippery"), ("whistle", "no sound came out"),
        ("juggle", "the balls fell down"), ("row a boat", "the boat went in circles"),
        ("count to one hundred", "{he} forgot the numbers"), ("play the flute", "it made a bad "
        "sound"), ("write a poem", "{he} could not find the words"),
    ))
    s.slots["skill"], s.slots["tries"] = skill, s.writer.fill(tries, s.slots)
    s.add("^{n} wanted to learn [how to|to] {skill}.", "More than anything, {n} wanted to {skill}.",
          "All {his} friends could {skill}, but {n} could not.")
    s.add("{when}, {n} tried [for the first time|to {skill}], but {tries}.",
          "{when}, {he} went to {placename} to try, but {tries}.")
    s.maybe("\"[I cannot do it|It is too hard|I will never learn it],\" said {n} [sadly|and sat down|"
            "with a sigh].", "^{n} felt [sad|like giving up|very tired].")
    s.paragraph()
    s.add("^{fintro} saw {him} and said, \"[Try again|Do not give up|You can do it]. I will [help|"
          "teach|show] you.\"",
          "Then {n} met {fintro}. \"I could not {skill} at first,\" said {fn}. \"[You must practice|"
          "Just keep trying].\"")
    s.add("Every day they practiced together. [Little by little, {n} got better.|First it was hard, "
          "then it was easy.]",
          "^{n} tried once. ^{n} tried twice. [Then {he} tried again.|Then {he} tried ten times more.]",
          "^{fn} showed {him} how to do it, step by step.")
    s.add("At last, {n} could {skill}!", "And one day, {n} did it! ^{he} could {skill}!")
    s.add("\"[I did it!|Look at me!|I can {skill}!]\" {he} [cried|said|shouted] with joy.",
          "Everyone {where} clapped, and {n} [smiled|was proud].")
    s.maybe("\"I knew you could do it,\" said {fn}.")
    return "if you keep trying, you will learn it"


def share(s: "Scene") -> str:
    s.add("{when}, {n} had a {size} {food} for lunch.",
          "{when}, {n}'s {relative} gave {him} a sweet {food}.",
          "{when}, {n} found a basket with one big {food} in it.")
    s.maybe("It smelled so good that {n} wanted to eat it at once.",
            "\"This {food} is all for me,\" said {n}.")
    s.paragraph()
    s.add("Then {fintro} came by. \"I am so hungry,\" said {fn}. \"I have [nothing to eat|not eaten "
          "all day].\"",
          "But {fintro} was sitting near {sight}, and {fhe} looked [hungry|sad and hungry].")
    s.add("^{n} looked at the {food}. It was [not very big|so good|only one {food}].",
          "^{n} thought about it for a [moment|long time].",
          "At first {n} did not want to share.")
    s.add("Then {n} broke the {food} in two and gave one half to {fn}.",
          "\"Here,\" said {n}. \"[You can have half|We can share it|Take some of mine].\"")
    s.add("They sat down {where} and ate together. It was the best {food} {n} had ever eaten.",
          "\"This is so good!\" said {fn}, and {n} laughed.")
    s.add("The next day, {fn} came back with a basket full of [berries|nuts|cookies|apples]. \"Now I "
          "will share with you,\" {fhe} said.",
          "\"You are very kind,\" said {fn}. \"[I will not forget it|You are a true friend].\"")
    s.maybe("^{n} learned that food tastes better with a friend.")
    return "sharing makes everything better"


def fear(s: "Scene") -> str:
    thing, cure = s.writer.pick((
        ("the dark", "the stars were bright and pretty"), ("loud noises", "it was only thunder"),
        ("deep water", "the water was warm and calm"), ("high places", "the view was wonderful"),
        ("the night", "the moon was like a big lamp"), ("the wind", "the wind only wanted to play"),
        ("the old cave", "it was full of shiny stones"), ("shadows", "it was only a tree"),
        ("strangers", "the stranger was kind and funny"), ("spiders", "the spider was very small and "
        "shy"), ("the big bridge", "the bridge was strong"),
    ))
    s.slots["fear"], s.slots["cure"] = thing, cure
    s.add("But {n} was afraid of {fear}.", "There was only one thing {n} did not like: {fear}.",
          "^{n} had a secret. ^{he} was afraid of {fear}.")
    s.maybe("Every time {he} thought of it, {he} hid [under the bed|behind a tree|in a corner].",
            "The others laughed at {him}, and that made {him} sad.")
    s.add("{when}, {n} told {fintro} about it.",
          "{when}, {fintro} asked, \"Why do you never [come with me|play with us]?\"")
    s.paragraph()
    s.add("\"Everybody is afraid of something,\" said {fn}. \"[I am afraid of {other}|Even I am|That is "
          "all right].\"", "\"Come with me,\" said {fn}. \"[I will hold your hand|We will go together|"
          "I will stay with you].\"")
    s.add("So they went together, [step by step|very slowly|side by side].",
          "^{n}'s heart beat fast, but {he} [went on|did not run away].")
    s.add("And what did {he} find? [^{cure}.|^{n} saw that {cure}.]",
          "Then {n} opened {his} eyes, and {he} saw that {cure}.")
    s.add("\"[It is not so bad|I am not afraid any more|I did it]!\" said {n}.",
          "^{n} began to laugh. \"Was I afraid of that?\" {he} said.")
    s.maybe("\"You were very brave,\" said {fn}. \"To be brave is to be afraid and still try.\"")
    return "being brave means trying even when you are afraid"


def build(s: "Scene") -> str:
    thing, parts = s.writer.pick((
        ("house", "wood and stones"), ("boat", "wood and rope"), ("bridge", "stones and branches"),
        ("snowman", "snow and a carrot"), ("raft", "logs and rope"), ("tower", "stones"),
        ("nest", "sticks and grass"), ("swing", "a rope and a board"), ("castle", "sand and shells"),
        ("cart", "wood and four wheels"), ("tree house", "boards and nails"), ("fence", "long sticks"),
    ))
    s.slots["build"], s.slots["stuff"] = thing, parts
    s.add("{when}, {n} had an idea. \"I will build a {build}!\" {he} said.",
          "{when}, {n} wanted to build a {size} {build}.")
    s.add("^{he} [looked for|found|got] {stuff} {where}.",
          "^{he} needed {stuff}, and {he} found them near {sight}.")
    s.maybe("^{he} worked [all morning|very hard|for three days].")
    s.add("But then [the wind blew it down|it fell down with a crash|the rain washed it away].",
          "But the {build} was too heavy, and {n} could not do it alone.")
    s.paragraph()
    s.add("^{fintro} saw it and said, \"[Do not be sad|That was a good try]. [We can do it together|"
          "I will help you].\"",
          "\"May I help?\" asked {fintro}. \"[Yes, please|Oh yes]!\" said {n}.")
    s.add("^{n} held the [wood|rope|end] and {fn} did the rest.",
          "^{fn} was strong, and {n} was clever, so they [were a good team|worked well together].",
          "They worked side by side until [the sun went down|the moon came up].")
    s.add("At last the {build} was ready. It was {size} and [strong|beautiful], and they painted it "
          "{color}.", "Soon the {build} was done. \"It is the best {build} [in the world|of all]!\" "
          "said {n}.")
    s.maybe("They put a {color2} {toy} on top of it.",
            "Everyone came to {placename} to look at it.")
    return "two can do more than one"


def adventure(s: "Scene") -> str:
    s.add("{when}, {n} found [an old map|a strange map|a bottle with a map in it] [near {sight}|"
          "behind a bush|under a stone]. [\"What does it show?\" said {n}.|\"It shows the way to a "
          "treasure!\" said {n}.|]",
          "{when}, {n} wanted to see the world. ^{he} packed a {food} and a {toy}. [\"Today I will "
          "have an adventure,\" said {n}.|]",
          "{when}, {n} found a hidden path [near {sight}|behind a bush]. \"[Where does it go?|I want to "
          "know where it goes.]\" said {n}.")
    s.add("On the way {he} met {fintro}. \"May I come with you?\" asked {fn}. \"[Yes|Of course]!\" "
          "said {n}.", "^{he} asked {fintro} to come along, and off they went.")
    s.paragraph()
    s.add("They walked over a hill and [through a dark forest|across a river|along a long road].",
          "First they came to a [wide river|dark forest|high wall], and then to a [small bridge|stone wall|tall gate].")
    s.maybe("They were tired and hungry, so they shared the food and rested.",
            "At night they slept under the stars.", "^{fn} sang a song to make the way shorter.")
    s.add("At last they came to {other}. There, near {othersight}, they saw a {size} {color} box.",
          "And then, {otherwhere}, they found a box near {othersight}.")
    s.add("^{n} opened it slowly. Inside there was a {color} {gift} [and a letter|that shone like the "
          "sun, and a letter].", "In the box there was [gold|a treasure|a {color} {gift}] and a "
          "letter! \"We found it!\" they cried.")
    s.maybe("The letter said, \"[The best treasure is a good friend|You are very brave|Keep looking "
            "and you will find].\"")
    s.add("They went back to {placename} and told everyone about it.",
          "\"That was fun,\" said {fn}. \"Where shall we go tomorrow?\"")
    return "the best part of an adventure is a friend who comes along"


def birthday(s: "Scene") -> str:
    s.add("{when}, {n} woke up and smiled. It was {his} birthday!",
          "It was {n}'s birthday, and {he} was very excited.")
    s.add("But nobody said a word about it. [Everyone was busy.|Had they all forgotten?]",
          "^{he} went to see {fintro}, but nobody was home.")
    s.maybe("\"[They have forgotten me|Nobody remembers my birthday],\" thought {n}, and {he} felt "
            "sad.")
    s.paragraph()
    s.add("^{n} walked alone to {other} and sat down near {othersight}.",
          "All day {n} waited {where}, but nobody came.")
    s.add("In the evening, {n} opened the door. \"Surprise!\" [everyone shouted|cried all {his} "
          "friends].", "Then {he} heard a noise, and out came all {his} friends. \"Happy birthday!\" "
          "they sang.")
    s.add("There was a {size} cake with [six|seven|five|eight] candles and a lot of [balloons|"
          "flowers|lights].", "They had made a {color} cake and hung up [balloons|paper stars].")
    s.add("^{fn} gave {him} a {color2} {toy}. \"It is just what I wanted!\" said {n}.",
          "^{n} got a {color2} {toy} from {fn} and a {food} from {his} {relative}.")
    s.maybe("They danced and sang until it was late.", "\"We would never forget you,\" said {fn}.")
    return "good friends do not forget you"


def gift(s: "Scene") -> str:
    s.add("{when}, {n} wanted to give a present to {his} {relative}, but {he} had no money.",
          "{when}, {n} said, \"I want to make something for my {relative}.\"")
    s.maybe("\"What would {rhe} like?\" {he} asked {himself}.")
    s.add("^{he} asked {fintro}. \"[Make it with your own hands|The best present comes from the "
          "heart],\" said {fn}.", "^{fintro} said, \"Why do you not make a {color} {toy}?\"")
    s.paragraph()
    s.add("So {n} [went to {other} to look for pretty things|began to work].",
          "^{n} looked near {sight} and found [flowers|shells|feathers|shiny stones].")
    s.add("^{he} worked on it for [two|three|many] days. At last the {color} {toy} was ready.",
          "^{he} made a {color} {toy}, and {fn} helped {him} with it.")
    s.maybe("It was not perfect, but it was made with love.")
    s.add("^{n} gave it to {his} {relative}. \"Did you make this? It is the most beautiful {toy} I "
          "have ever seen,\" {rhe} said.", "When {his} {relative} saw the {toy}, {rhe} [smiled|cried "
          "with joy] and gave {n} a big hug.")
    s.maybe("^{n} thanked {fn}, too, and they shared a {food}.")
    return "a gift from the heart is the best gift"


def honest(s: "Scene") -> str:
    s.add("{when}, {n} was playing with a ball [in the house|near the house] and broke a {color} "
          "[cup|vase|window|lamp].", "{when}, {n} took a {food} that belonged to {his} {relative} and "
          "ate it all.")
    s.add("\"Oh no!\" said {n}. \"What shall I do now?\"",
          "^{n} was [afraid|worried] and ran away to {other}.")
    s.maybe("\"I could say that the wind did it,\" {he} thought.",
            "All day {he} had a bad feeling in {his} belly.")
    s.paragraph()
    s.add("^{n} told {fintro} about it. \"You must tell the truth,\" said {fn}. \"[It will be all "
          "right|You will feel better].\"", "^{fintro} saw {him} and asked, \"Why are you so quiet?\" "
          "So {n} told {fn} everything.")
    s.add("So {n} went home and said, \"[I did it|It was me]. I am sorry.\"",
          "^{n} took a deep breath, went to {his} {relative}, and told the truth.")
    s.add("^{his} {relative} was not angry. \"[Thank you for telling me|I am glad you told me the "
          "truth],\" {rhe} said.", "\"That was brave of you,\" said {his} {relative}. \"Let us "
          "[clean it up|fix it] together.\"")
    s.maybe("^{n} felt as light as a feather.", "^{n} was so glad that {he} ran to tell {fn}.")
    return "it is always best to tell the truth"


def wish(s: "Scene") -> str:
    s.add("{when}, {n} saw a falling star and made a wish. \"I wish I [could fly|were big|had a "
          "{color} {toy}|could see {other}],\" {he} said.",
          "^{n} had one wish: {he} wanted to see {other}.")
    s.maybe("But how could a {kind} do that?", "^{he} thought about it every night.")
    s.add("{when}, {fintro} came and said, \"I can help you with your wish.\"",
          "Then {n} met {fintro} and told {fhim} about the wish.")
    s.paragraph()
    s.add("\"Close your eyes,\" said {fn}. \"[Count to three|Think of it very hard].\"",
          "\"Come with me tomorrow,\" said {fn}. \"I have a plan.\"")
    s.add("They went over the hills in a {size} {color} [balloon|boat|train|cart].",
          "They walked and walked until they came to {other}.")
    s.add("There {n} saw {othersight}. It was [more beautiful than a dream|just like in {his} dreams].",
          "^{n} looked at {othersight} and {his} eyes grew big. \"My wish came true!\" {he} said.")
    s.add("But after a while {n} missed {placename}. \"Home is the best place,\" {he} said.",
          "\"Thank you,\" said {n}. \"I could not have done it without you.\"")
    s.maybe("They came home when the moon was high in the sky.")
    return "a wish can come true with a little help"


def race(s: "Scene") -> str:
    s.add("{when}, there was a big race {where}. The prize was a {color} {toy}. ^{fintro} was there, too.",
          "{when}, {fintro} said to {n}, \"I am faster than you. Let us have a race to {other}!\"")
    s.add("Everyone thought that {fn} would win, but {n} wanted to try.",
          "\"You are too slow, {plain},\" said {fn}. But {n} did not mind.")
    s.maybe("\"Ready, steady, go!\" called the {relative} of {n}.")
    s.paragraph()
    s.add("At first {fn} was far ahead. But then {fhe} [fell into a hole|hurt {fhis} leg|lost the way|"
          "stopped to sleep].", "They ran side by side, but then {fn} [fell|tripped over a root].")
    s.add("^{n} could have won, but {he} stopped. \"Are you all right?\" {he} asked.",
          "^{n} did not run on. ^{he} went back to help {fn}.")
    s.add("They walked to the end together, [arm in arm|side by side], and everyone clapped.",
          "So they both came last, but they were laughing.")
    s.add("\"You are the real winner,\" said {fn}, and gave {n} a {color} {toy}.",
          "\"I am sorry that I was so proud,\" said {fn}. \"You are a good friend.\"")
    return "a friend is worth more than a prize"


def seed(s: "Scene") -> str:
    s.add("{when}, {n} found a tiny seed [near {sight}|on the ground].",
          "{when}, {fintro} gave {n} a tiny brown seed.")
    s.add("^{he} put it into the ground {where} and gave it some water.",
          "\"I will plant it,\" said {n}, and {he} dug a small hole.")
    s.add("^{he} waited one day, and two days, but nothing happened.",
          "Every morning {n} looked, but there was only earth.")
    s.maybe("\"It will never grow,\" said {n}.", "^{n} wanted to dig it up again.")
    s.paragraph()
    s.add("\"You must wait,\" said {fn}. \"Good things take time.\"",
          "\"Give it water, sun and love,\" said {fn}, who lived near {sight}.")
    s.add("The rain fell and the sun shone. Then one morning there was a small green leaf!",
          "After two weeks a little green plant came out of the earth.")
    s.add("It grew and grew until it was a {size} {color} flower.",
          "It grew into a tall plant with a {color} flower on top.")
    s.add("\"It was worth the wait,\" said {n}.",
          "The bees came, and everyone {where} loved the flower.")
    return "good things take time"


def way_home(s: "Scene") -> str:
    s.add("{when}, {n} walked too far and [lost the way|could not find the way home].",
          "{when}, {n} followed a {color} butterfly and got lost.")
    s.add("Soon {he} was at {other}, and nothing looked the same.",
          "It became dark, and {n} saw only {othersight}.")
    s.maybe("\"I want to go home,\" said {n}. A tear ran down {his} face.", "\"Hello?\" called {n}, "
            "but nobody answered.")
    s.paragraph()
    s.add("Then {fintro} came along. \"Are you lost?\" asked {fn}.",
          "\"Who is there?\" asked a voice. It was {fintro}.")
    s.add("\"Yes,\" said {n}. \"I live {where}. Do you know the way?\"",
          "^{n} told {fn} about {his} home {where}.")
    s.add("\"Follow the [stars|river|road|moon],\" said {fn}. \"I will come with you.\"",
          "^{fn} knew every path. \"It is not far,\" {fhe} said. \"Come with me.\"")
    s.add("They walked [hand in hand|side by side] until {n} saw {sight}. \"I know this place!\" "
          "{he} cried.", "After a long walk they came to {placename}, and {n} was home again.")
    s.add("^{his} {relative} ran out and hugged {him}. \"We were looking for you!\" {rhe} said.",
          "\"Thank you for bringing me home,\" said {n}. \"Will you stay for dinner?\" And {fn} did.")
    return "it is good to ask for help when you are lost"


PLOTS: dict[str, Plot] = {
    "lost_thing": lost_thing, "new_friend": new_friend, "storm": storm, "rescue": rescue,
    "learn": learn, "share": share, "fear": fear, "build": build, "adventure": adventure,
    "birthday": birthday, "gift": gift, "honest": honest, "wish": wish, "race": race, "seed": seed,
    "way_home": way_home,
}
THING_PLOTS = ("lost_thing", "new_friend", "storm", "rescue", "fear", "adventure", "wish",
               "way_home", "race", "birthday")
