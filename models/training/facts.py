"""Simple facts about the world, as tables."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Animal:
    name: str
    group: str
    sound: str
    home: str
    food: str
    legs: int
    color: str
    young: str
    size: str
    note: str


def _animals() -> tuple[Animal, ...]:
    rows = """
dog|pet|barks|in a house with people|meat and bones|4|brown, black or white|puppy|medium|Dogs can guard a house and love to play with a ball
cat|pet|says meow|in a house with people|fish and mice|4|black, white, gray or orange|kitten|small|Cats like to sleep and can see well in the dark
cow|farm animal|says moo|on a farm|grass and hay|4|black and white or brown|calf|large|Cows give us milk
horse|farm animal|neighs|on a farm|grass, hay and apples|4|brown, black or white|foal|large|Horses can run very fast and carry people
pig|farm animal|says oink|on a farm|corn and vegetables|4|pink|piglet|medium|Pigs like to roll in the mud
sheep|farm animal|says baa|on a farm|grass|4|white|lamb|medium|Sheep give us wool
goat|farm animal|bleats|on a farm or in the mountains|grass and leaves|4|white, brown or gray|kid|medium|Goats are good at climbing
hen|bird|clucks|on a farm|grain and seeds|2|brown or white|chick|small|Hens lay eggs
duck|bird|says quack|by a pond|plants and bread|2|brown, green or white|duckling|small|Ducks can swim and fly
goose|bird|honks|on a farm or by a lake|grass and grain|2|white or gray|gosling|medium|Geese fly south in the winter
donkey|farm animal|brays|on a farm|grass and hay|4|gray|foal|medium|Donkeys can carry heavy things
mouse|wild animal|squeaks|in a small hole|seeds and cheese|4|gray or brown|pup|tiny|Mice are quick and very quiet
rabbit|wild animal|makes almost no sound|in a hole in the ground|carrots and grass|4|brown, gray or white|kit|small|Rabbits have long ears and can jump far
fox|wild animal|yelps|in the forest|mice and berries|4|red|cub|medium|Foxes are very clever
bear|wild animal|growls|in the forest|berries, fish and honey|4|brown, black or white|cub|large|Bears sleep in a cave in the winter
wolf|wild animal|howls|in the forest|meat|4|gray|pup|medium|Wolves live together in a pack
deer|wild animal|makes almost no sound|in the forest|leaves and grass|4|brown|fawn|large|Deer can run fast and jump high
squirrel|wild animal|chatters|in a tree|nuts and seeds|4|red or gray|kit|small|Squirrels hide nuts for the winter
hedgehog|wild animal|snuffles|in gardens and forests|worms and insects|4|brown|baby hedgehog|small|Hedgehogs roll up into a ball when they are afraid
owl|bird|hoots|in a tree|mice|2|brown or white|owlet|small|Owls sleep in the day and fly at night
frog|wild animal|croaks|by a pond|flies and other insects|4|green|tadpole|small|Frogs can jump far and swim well
turtle|wild animal|makes almost no sound|in the water and on land|plants and small fish|4|green or brown|baby turtle|small|Turtles carry a hard shell on the back
fish|wild animal|makes almost no sound|in the water|plants and small animals|0|silver, gold or gray|fry|small|Fish swim with fins and breathe in the water
lion|wild animal|roars|on the dry plains of Africa|meat|4|golden brown|cub|large|The lion is called the king of the animals
tiger|wild animal|roars|in the jungle|meat|4|orange with black stripes|cub|large|Tigers are good swimmers
elephant|wild animal|trumpets|in Africa and Asia|grass, leaves and fruit|4|gray|calf|very large|Elephants use a long trunk to drink and to pick things up
giraffe|wild animal|hums|in Africa|leaves from tall trees|4|yellow with brown spots|calf|very large|The giraffe is the tallest animal of all
zebra|wild animal|barks|in Africa|grass|4|black and white|foal|large|Every zebra has its own stripes
monkey|wild animal|screeches|in the jungle|bananas and other fruit|4|brown or gray|infant|medium|Monkeys can climb trees and swing on branches
kangaroo|wild animal|makes almost no sound|in Australia|grass|4|red or gray|joey|large|A kangaroo carries its baby in a pocket
koala|wild animal|grunts|in the trees of Australia|leaves|4|gray|joey|small|Koalas sleep almost the whole day
panda|wild animal|bleats|in the mountains of China|bamboo|4|black and white|cub|large|Pandas eat all day long
camel|wild animal|groans|in the desert|dry grass and leaves|4|light brown|calf|large|Camels can go a long time without water
penguin|bird|calls loudly|on the ice in the far south|fish|2|black and white|chick|medium|Penguins cannot fly, but they swim very well
parrot|bird|talks and screeches|in the jungle|seeds, nuts and fruit|2|red, green and blue|chick|small|Parrots can learn to say words
swan|bird|honks|on a lake|water plants|2|white|cygnet|large|Swans have a long neck
whale|sea animal|sings|in the ocean|fish and tiny sea animals|0|blue or gray|calf|very large|The blue whale is the largest animal in the world
dolphin|sea animal|clicks and whistles|in the ocean|fish|0|gray|calf|large|Dolphins are clever and like to jump
crab|sea animal|makes almost no sound|by the sea|small sea animals and plants|10|red or brown|larva|small|Crabs walk to the side
seal|sea animal|barks|by the cold sea|fish|0|gray|pup|large|Seals are slow on land but fast in the water
bee|insect|buzzes|in a hive|nectar from flowers|6|yellow and black|larva|tiny|Bees make honey
butterfly|insect|makes almost no sound|in gardens and meadows|nectar from flowers|6|many colors|caterpillar|tiny|A butterfly was once a caterpillar
ant|insect|makes almost no sound|in a nest under the ground|seeds and sweet things|6|black or red|larva|tiny|Ants are very strong and work together
spider|small animal|makes almost no sound|in a web|flies and other insects|8|black or brown|baby spider|tiny|Spiders make webs to catch insects
snail|small animal|makes almost no sound|in gardens|leaves|0|brown|baby snail|tiny|A snail carries its house on its back
bat|wild animal|squeaks|in a cave|insects and fruit|2|brown or black|pup|small|Bats sleep upside down and fly at night
"""
    animals = []
    for row in rows.strip().splitlines():
        cells = row.split("|")
        animals.append(Animal(*cells[:5], int(cells[5]), *cells[6:]))  # type: ignore[arg-type]
    return tuple(animals)


ANIMALS = _animals()
CAN_FLY = "duck goose owl parrot swan bee butterfly bat bird".split()
CAN_SWIM = ("duck goose swan frog turtle fish penguin whale dolphin crab seal dog tiger").split()
PLURALS = {
    "mouse": "mice", "sheep": "sheep", "goose": "geese", "fox": "foxes", "wolf": "wolves",
    "deer": "deer", "fish": "fish", "butterfly": "butterflies", "puppy": "puppies",
    "pony": "ponies", "box": "boxes", "brush": "brushes", "leaf": "leaves", "child": "children",
    "foot": "feet", "tooth": "teeth", "man": "men", "woman": "women", "knife": "knives",
    "bus": "buses", "glass": "glasses", "watch": "watches", "baby": "babies", "city": "cities",
    "story": "stories", "berry": "berries", "strawberry": "strawberries", "cherry": "cherries",
    "peach": "peaches", "tomato": "tomatoes", "potato": "potatoes", "scissors": "scissors",
    "beach": "beaches", "bench": "benches", "lamb": "lambs", "library": "libraries",
}


def plural(noun: str) -> str:
    if noun in PLURALS:
        return PLURALS[noun]
    return noun + ("es" if noun.endswith(("s", "x", "ch", "sh")) else "s")


# thing: color
COLORS_OF = dict(row.split("=") for row in """sky=blue|grass=green|snow=white|sun=yellow
banana=yellow|carrot=orange|tomato=red|strawberry=red|lemon=yellow|coal=black|milk=white
chocolate=brown|orange=orange|leaf=green|sea=blue|cloud=white|fire=red and orange|night=black
moon=white and silver|pumpkin=orange|cherry=red|pea=green|blood=red|wood=brown|earth=brown
frog=green|rose=red|elephant=gray|pig=pink|crow=black|plum=purple|grape=purple or green
stone=gray|corn=yellow|cucumber=green|ocean=blue|butter=yellow|gold=yellow|silver=gray
apple=red, green or yellow|polar bear=white|flamingo=pink|cactus=green|rain cloud=gray
stop sign=red|fire truck=red|lime=green|eggplant=purple|honey=golden|sand=light brown
""".replace("\n", "|").strip("|").split("|"))
NO_ARTICLE = ("grass snow coal milk chocolate fire blood wood earth butter gold silver honey sand "
              "corn").split()
THE_ARTICLE = "sky sun sea night moon ocean".split()

OPPOSITES = tuple(tuple(pair.split("-")) for pair in """big-small hot-cold up-down day-night
happy-sad fast-slow old-new young-old high-low light-dark open-closed full-empty wet-dry
hard-soft long-short good-bad left-right strong-weak early-late loud-quiet rich-poor clean-dirty
near-far first-last inside-outside easy-difficult heavy-light thick-thin tall-short true-false
sweet-sour rough-smooth wide-narrow begin-end push-pull give-take love-hate win-lose come-go
summer-winter north-south east-west black-white brave-afraid awake-asleep safe-dangerous
deep-shallow sharp-dull warm-cool hello-goodbye yes-no always-never question-answer
friend-enemy beautiful-ugly polite-rude buy-sell remember-forget arrive-leave laugh-cry
""".split())

SYNONYMS = tuple(tuple(pair.split("-")) for pair in """big-large small-little happy-glad fast-quick
sad-unhappy start-begin end-finish clever-smart pretty-beautiful angry-mad afraid-scared
shout-yell jump-leap hard-difficult silent-quiet kind-nice tired-sleepy rock-stone road-street
present-gift sick-ill rich-wealthy funny-amusing brave-bold cold-chilly look-watch talk-speak
""".split())

JOBS = dict(row.split("=") for row in """baker=bakes bread and cakes|farmer=grows food and takes
care of animals|doctor=helps sick people get well|teacher=helps children learn|painter=paints
pictures|sailor=works on a ship|gardener=takes care of plants|firefighter=puts out fires|pilot=flies
a plane|cook=makes meals|singer=sings songs|dancer=dances for people|writer=writes books and
stories|carpenter=makes things out of wood|police officer=keeps people safe|nurse=takes care of sick
people|dentist=takes care of teeth|driver=drives a bus or a truck|builder=builds houses|tailor=makes
clothes|librarian=takes care of books|scientist=learns how the world works|musician=plays
music|fisherman=catches fish|vet=helps sick animals|clown=makes people laugh|king=rules a
country|barber=cuts hair|shepherd=takes care of sheep|astronaut=flies into space
""".strip().replace("\n", " ").split("|"))

# thing: what for / made of / where found
OBJECTS = {row.split("|")[0]: tuple(row.split("|")[1:]) for row in """
chair|sit on|wood|in the kitchen
table|eat on and work on|wood|in the kitchen
bed|sleep in|wood and cloth|in the bedroom
lamp|make light|metal and glass|in the living room
door|go in and out|wood|in every house
window|look outside and let in light|glass|in every house
cup|drink from|clay|in the kitchen
spoon|eat soup|metal|in the kitchen
fork|eat with|metal|in the kitchen
knife|cut things|metal|in the kitchen
plate|put food on|clay|in the kitchen
pot|cook soup|metal|in the kitchen
book|read|paper|on a shelf
pencil|write and draw|wood|on a desk
pen|write|plastic and metal|on a desk
clock|tell the time|metal and glass|on the wall
key|open a lock|metal|in a pocket
hat|keep the head warm|cloth or straw|on the head
shoe|walk in|leather|on the foot
coat|keep warm|wool|in the closet
umbrella|stay dry in the rain|cloth and metal|by the door
ball|play|rubber|in the yard
kite|fly in the wind|paper and sticks|in the sky
boat|travel on water|wood|on the lake
car|drive on the road|metal|on the street
train|travel far|metal|on the tracks
bicycle|ride|metal and rubber|on the street
plane|fly over land and sea|metal|in the sky
ladder|climb up high|wood or metal|in the barn
hammer|hit nails|metal and wood|in the workshop
saw|cut wood|metal|in the workshop
broom|sweep the floor|wood and straw|in the closet
bucket|carry water|metal or plastic|in the garden
rope|tie things|strong fibers|on a ship
mirror|see yourself|glass|in the bathroom
soap|wash your hands|fat and oil|in the bathroom
towel|dry yourself|cloth|in the bathroom
toothbrush|clean your teeth|plastic|in the bathroom
pillow|rest the head|cloth and feathers|on the bed
blanket|keep warm in bed|wool|on the bed
candle|make light|wax|on the table
map|find the way|paper|in a bag
telescope|look at the stars|metal and glass|on the roof
bridge|go over a river|stone or wood|over the river
house|live in|stone, brick or wood|in the town
basket|carry fruit|thin branches|at the market
bag|carry things|cloth|on the shoulder
needle|sew clothes|metal|in a small box
scissors|cut paper|metal|on a desk
drum|make music|wood and skin|in a band
guitar|make music|wood|in a band
bell|make a ringing sound|metal|in a tower
""".strip().splitlines()}

NATURE = {
    "the sun": "a big, hot star. It gives us light and keeps us warm",
    "the moon": "a big ball of rock that goes around the earth. We see it at night",
    "a star": "a big ball of hot gas, very far away. At night it looks like a small light",
    "rain": "water that falls from the clouds. It helps the plants grow",
    "snow": "frozen water that falls from the clouds in the winter. It is white and cold",
    "ice": "frozen water. It is hard, cold and slippery",
    "wind": "moving air. You cannot see it, but you can feel it",
    "a cloud": "made of very small drops of water high in the sky",
    "a rainbow": "a band of colors in the sky. You can see it when the sun shines through the rain",
    "a tree": "a tall plant with a trunk, branches and leaves",
    "a flower": "the pretty part of a plant. Many flowers smell sweet, and bees like them",
    "a river": "a long stream of water that runs to the sea",
    "the sea": "a very large body of salt water. Fish and whales live in it",
    "the ocean": "the largest body of salt water. It is deep and full of life",
    "a lake": "a large body of water with land all around it",
    "a mountain": "a very high piece of land. Some mountains have snow on top",
    "a forest": "a place with many trees. Foxes, deer and owls live there",
    "a desert": "a very dry place with a lot of sand and little rain",
    "an island": "a piece of land with water all around it",
    "a cave": "a big hole in a hill or a mountain. Bats like to live there",
    "fire": "hot and bright. It gives light and heat, but you must be careful with it",
    "water": "clear and wet. Plants, animals and people need it to live",
    "thunder": "the loud sound that comes after lightning",
    "lightning": "a bright flash in the sky during a storm",
    "a storm": "bad weather with strong wind and a lot of rain",
    "fog": "a cloud that is close to the ground. It is hard to see through it",
    "a seed": "the small thing that a plant grows from. It needs water, earth and sun",
    "the earth": "the planet that we live on. It goes around the sun",
    "a planet": "a big round body that goes around a star. We live on the planet earth",
    "a shadow": "a dark shape. You see it when something stands in the light",
    "a garden": "a place where people grow flowers, fruit and vegetables",
    "a farm": "a place where people grow food and keep animals",
    "a school": "a place where children go to learn",
    "a library": "a place with many books that you can read",
    "a hospital": "a place where sick people get help",
    "a castle": "a big, old house with thick walls and towers. Kings and queens lived there",
    "a friend": "somebody who likes you, helps you and plays with you",
    "a family": "a group of people who belong together, like parents and children",
    "a story": "something that you tell or write. It has a beginning, a middle and an end",
    "a birthday": "the day when you were born. Each year you can eat cake on that day",
    "music": "made of sounds that are nice to hear. You can sing it or play it",
    "a dream": "something that you see in your mind when you sleep",
    "a robot": "a machine that can do some work by itself",
    "a computer": "a machine that can count, store words and pictures, and run programs",
    "a word": "a group of letters or sounds that means something",
    "bread": "food made of flour, water and salt. A baker bakes it in an oven",
    "milk": "a white drink. We get it from cows and goats",
    "honey": "sweet and golden. Bees make it from the nectar of flowers",
    "cheese": "food made from milk. Many people eat it with bread",
    "soup": "a warm food that you eat with a spoon",
    "an egg": "laid by a hen. It is white or brown and you can cook it",
}

WHY = {
    "is the sky blue": "The sky is blue because the air spreads the blue light of the sun",
    "does it rain": "It rains because the water in the clouds becomes heavy and falls down",
    "do we sleep": "We sleep because our body and our mind need rest",
    "do we eat": "We eat because food gives us energy and helps us grow",
    "do birds fly south": "Birds fly south because it is warm there in the winter",
    "do leaves fall": "Leaves fall in the autumn because the tree rests in the winter",
    "do cats purr": "Cats purr because they feel happy and safe",
    "do dogs bark": "Dogs bark because they want to tell us something",
    "do bees visit flowers": "Bees visit flowers because they need nectar to make honey",
    "do we wear coats in the winter": "We wear coats in the winter because it is cold outside",
    "do plants need water": "Plants need water because they cannot live and grow without it",
    "is snow cold": "Snow is cold because it is made of frozen water",
    "do people laugh": "People laugh because they are happy or because something is funny",
    "do people cry": "People cry because they are sad, hurt or very happy",
    "is the night dark": "The night is dark because the sun shines on the other side of the earth",
    "do fish live in water": "Fish live in water because they can only breathe there",
    "do we brush our teeth": "We brush our teeth to keep them clean and strong",
    "do we wash our hands": "We wash our hands to make them clean, so that we do not get sick",
    "do squirrels hide nuts": "Squirrels hide nuts because they want to have food in the winter",
    "do bears sleep in the winter": "Bears sleep in the winter because there is little food then",
    "do we go to school": "We go to school because we want to learn new things",
    "do we read books": "We read books because they are fun and teach us new things",
    "do we need friends": "We need friends because they help us and make us happy",
    "do owls fly at night": "Owls fly at night because they hunt in the dark",
    "does ice melt": "Ice melts because it becomes warm and turns into water",
    "do we drink water": "We drink water because our body cannot live without it",
    "do cows eat grass": "Cows eat grass because it gives them the energy to live and make milk",
    "do people use umbrellas": "People use umbrellas because they want to stay dry in the rain",
}

TASTES = {
    "lemon": "sour", "honey": "sweet", "sugar": "sweet", "salt": "salty", "chocolate": "sweet",
    "apple": "sweet and fresh", "banana": "sweet and soft", "strawberry": "sweet",
    "bread": "soft and warm", "cheese": "rich and a little salty", "pickle": "sour and salty",
    "pepper": "hot", "ice cream": "sweet and cold", "soup": "warm and salty", "cake": "very sweet",
    "pear": "sweet and juicy", "carrot": "fresh and a little sweet", "grape": "sweet",
    "orange": "sweet and a little sour", "coffee": "bitter", "tea": "a little bitter",
}

GROUPS = {
    "animals": "dog cat horse cow lion tiger bear fox rabbit elephant monkey sheep wolf mouse",
    "farm animals": "cow horse pig sheep goat hen duck donkey goose",
    "pets": "dog cat rabbit parrot hamster fish turtle",
    "wild animals": "lion tiger bear wolf fox deer elephant zebra giraffe",
    "sea animals": "whale dolphin crab seal fish shark octopus",
    "birds": "owl parrot duck swan penguin robin eagle crow sparrow",
    "insects": "bee ant butterfly fly beetle ladybug",
    "fruits": "apple banana pear orange grape cherry plum peach lemon strawberry",
    "vegetables": "carrot potato tomato onion cucumber pea cabbage pumpkin",
    "colors": "red blue green yellow orange purple pink brown black white",
    "shapes": "circle square triangle star rectangle oval",
    "toys": "ball doll kite puzzle drum train puppet",
    "kinds of weather": "sun rain snow wind fog storm",
    "things in a kitchen": "pot spoon fork knife plate cup oven table",
    "things in a bedroom": "bed lamp pillow blanket closet mirror",
    "things in a garden": "flower tree bench fence bush gate",
    "things in a school": "book pencil desk chair bell map",
    "things at the beach": "shell towel umbrella boat bucket wave",
    "clothes": "hat coat shirt shoe sock scarf dress glove",
    "vehicles": "car bus train boat plane bicycle truck ship",
    "jobs": "baker farmer doctor teacher painter pilot cook nurse",
    "tools": "hammer saw ladder rope broom shovel",
    "drinks": "water milk tea juice lemonade coffee",
    "foods": "bread soup cheese rice cake pancake sandwich",
    "parts of the body": "head arm leg hand foot nose ear mouth",
    "feelings": "joy fear anger love hope pride",
    "sports": "soccer tennis swimming running skating hockey",
    "instruments": "drum guitar piano flute violin trumpet",
    "seasons": "spring summer autumn winter",
    "numbers": "one two three four five six seven eight",
    "trees": "oak pine maple birch willow palm",
    "flowers": "rose tulip daisy lily sunflower violet",
}
UNCOUNTED = ("red blue green yellow orange purple pink brown black white sun rain snow wind fog "
             "water milk tea juice lemonade coffee bread soup cheese rice joy fear anger love hope "
             "pride soccer tennis swimming running skating hockey spring summer autumn winter one "
             "two three four five six seven eight").split()

BODY = {
    "eyes": "see", "ears": "hear", "nose": "smell", "mouth": "eat and speak", "hands": "hold things",
    "feet": "walk", "legs": "run and walk", "teeth": "bite", "tongue": "taste", "skin": "feel",
    "brain": "think", "heart": "move the blood through the body", "fingers": "touch things",
    "lungs": "breathe",
}
COUNTS = {
    "days are in a week": "There are seven days in a week",
    "months are in a year": "There are twelve months in a year",
    "seasons are there": "There are four seasons: spring, summer, autumn and winter",
    "hours are in a day": "There are twenty-four hours in a day",
    "minutes are in an hour": "There are sixty minutes in an hour",
    "seconds are in a minute": "There are sixty seconds in a minute",
    "fingers do you have on one hand": "There are five fingers on one hand",
    "fingers do people have": "People have ten fingers",
    "eyes do people have": "People have two eyes", "ears do people have": "People have two ears",
    "legs do people have": "People have two legs", "wheels does a car have": "A car has four wheels",
    "wheels does a bicycle have": "A bicycle has two wheels",
    "sides does a triangle have": "A triangle has three sides",
    "sides does a square have": "A square has four sides, all of the same length",
    "letters are in the alphabet": "There are twenty-six letters in the alphabet",
    "days are in a year": "There are three hundred and sixty-five days in a year",
    "colors are in a rainbow": "A rainbow has seven colors: red, orange, yellow, green, blue, indigo "
    "and violet",
    "weeks are in a year": "There are fifty-two weeks in a year",
    "suns are in the sky": "There is only one sun in our sky",
    "wings does a bird have": "A bird has two wings",
    "legs does a chair have": "Most chairs have four legs",
}
SEASON_NOTES = {
    "spring": "The snow melts, the flowers open, and the birds build nests",
    "summer": "The days are long and warm, and people go swimming",
    "autumn": "The leaves turn red and yellow, and the apples are ripe",
    "winter": "The days are short and cold, and it often snows",
}
CAPITALS = {
    "France": "Paris", "England": "London", "Germany": "Berlin", "Italy": "Rome",
    "Spain": "Madrid", "Japan": "Tokyo", "China": "Beijing", "Greece": "Athens",
    "Russia": "Moscow", "Egypt": "Cairo", "Canada": "Ottawa", "Poland": "Warsaw",
    "Austria": "Vienna", "Norway": "Oslo", "Ireland": "Dublin", "Portugal": "Lisbon",
}
