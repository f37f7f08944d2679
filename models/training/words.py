"""The word lists: who, where and what the texts are about."""

from __future__ import annotations

from dataclasses import dataclass

GIRLS = ("Mia Anna Lily Emma Rose Lucy Ella Nora Ruby Zoe Sara Ivy Clara Molly Daisy Alice Julia "
         "Maya Hannah Grace Lena Tess Poppy Nina Amy Olive").split()
BOYS = ("Tom Ben Sam Max Leo Jack Finn Noah Adam Paul Luke Oscar Theo Hugo Peter Danny Joe Eli "
        "Henry Oliver Felix Toby Will Simon Jonas Kai").split()
PET_NAMES = ("Pip Bella Coco Milo Lulu Rusty Bramble Pepper Hazel Biscuit Teddy Dot Flip Sunny "
             "Patch Berry Benny Fern Scout Willow Button Tuck Pearl Nutmeg Ziggy Mango Basil Momo "
             "Tilly Rolo Clover Socks Bobo Minnow Echo Waffle").split()

GIRL_KINDS = "girl girl girl queen princess fairy mermaid".split()
BOY_KINDS = "boy boy boy king prince wizard pirate".split()
ANY_KINDS = ("baker farmer painter sailor gardener teacher doctor knight giant elf robot dragon "
             "monster snowman ghost unicorn clown").split()
ANIMALS = ("dog cat fox rabbit bear mouse bird duck frog owl horse cow pig sheep goat lion tiger "
           "elephant monkey penguin squirrel hedgehog turtle fish whale dolphin deer wolf hen "
           "donkey puppy kitten bee snail butterfly parrot camel giraffe zebra kangaroo badger "
           "otter crab ant swan goose seal beaver mole bat panda koala lamb pony spider").split()
LIVING_THINGS = ("boat train kite lamp teapot cloud star tree car balloon clock leaf truck plane "
                 "snowflake ball flower spoon chair bicycle raindrop toy bell candle").split()

MORE_ANIMALS = ("dinosaur shark octopus hamster eagle crow lizard snake rooster moth beetle ladybug "
                "caterpillar pigeon robin sparrow raccoon skunk moose buffalo rhino hippo leopard "
                "cheetah gorilla chick worm cricket firefly starfish jellyfish lobster walrus rat "
                "salmon toad peacock stork flamingo calf hare").split()
MORE_PEOPLE = ("witch astronaut nurse detective hunter fisherman miller tailor cook pilot singer "
               "dancer explorer inventor carpenter shepherd magician firefighter captain student "
               "musician librarian barber scientist").split()
MORE_THINGS = ("rocket tractor bus pumpkin cookie guitar drum violin pencil book bridge mountain "
               "house shoe sock button umbrella bottle teacup broom bucket ladder snowball wave "
               "moon sun river mirror pillow blanket key box lantern feather pebble carrot apple "
               "ship scooter sled tower bench puppet").split()
TRAITS = ("little small kind brave shy clever curious funny gentle happy young friendly quiet "
          "busy cheerful sleepy proud polite").split()
COLORS = "red blue green yellow orange purple pink brown black white gray golden silver".split()
PLAIN_COLORS = "red blue green yellow orange purple pink brown black white gray".split()
SIZES = "small big tiny large little huge".split()
FOODS = ("apple pear cake cookie sandwich banana carrot pie berry nut potato lemon "
         "peach plum muffin pancake").split()
TOYS = ("ball kite drum doll book hat scarf bell key button ring shell coin lamp basket box cup "
        "spoon whistle ribbon blanket umbrella flute map boot feather").split()
FEELINGS = "happy sad proud tired afraid angry lonely excited calm surprised".split()
RELATIVES = "mother father grandmother grandfather sister brother aunt uncle".split()


@dataclass(frozen=True)
class Place:
    name: str
    where: str
    sights: tuple[str, ...]


def _place(name: str, where: str, sights: str) -> Place:
    return Place(name, where, tuple(sights.split(",")))


PLACES = (
    _place("the forest", "in the forest", "tall trees,a fallen log,soft moss,old roots,ferns"),
    _place("the beach", "on the beach", "white shells,wet sand,small waves,a rock pool,seaweed"),
    _place("the farm", "on the farm", "a red barn,a long fence,fields of corn,a pile of hay"),
    _place("the village", "in the village", "little houses,a stone well,a narrow street,a bakery"),
    _place("the mountain", "on the mountain", "big rocks,deep snow,a steep path,a cold stream"),
    _place("the garden", "in the garden", "bright flowers,a stone wall,an old gate,a rose bush"),
    _place("the river", "by the river", "smooth stones,a wooden bridge,green reeds,fast water"),
    _place("the lake", "by the lake", "a small boat,clear water,a long dock,quiet ducks"),
    _place("the meadow", "in the meadow", "tall grass,wild flowers,buzzing bees,a lonely tree"),
    _place("the city", "in the city", "tall buildings,busy streets,bright lights,a big clock"),
    _place("the desert", "in the desert", "hot sand,a green cactus,dry rocks,a wide sky"),
    _place("the jungle", "in the jungle", "thick vines,giant leaves,loud birds,a hidden path"),
    _place("the island", "on the island", "palm trees,a sandy bay,sharp rocks,warm water"),
    _place("the castle", "in the castle", "a tall tower,a heavy door,long halls,a golden chair"),
    _place("the cave", "in the cave", "dark corners,shiny stones,a narrow tunnel,cold walls"),
    _place("the hill", "on the hill", "soft grass,a windmill,a winding path,a wide view"),
    _place("the park", "in the park", "a green bench,a big slide,a fountain,swings"),
    _place("the pond", "by the pond", "lily pads,muddy banks,tiny fish,long reeds"),
    _place("the town", "in the town", "a busy market,a tall church,a small shop,a round square"),
    _place("the valley", "in the valley", "a silver stream,green fields,a stone bridge,gray cliffs"),
    _place("the market", "at the market", "baskets of fruit,fresh bread,bright cloth,many people"),
    _place("the school", "at the school", "a big bell,rows of desks,a sunny yard,shelves of books"),
    _place("the harbor", "at the harbor", "white boats,fishing nets,a lighthouse,noisy gulls"),
    _place("the orchard", "in the orchard", "apple trees,full baskets,a ladder,sweet fruit"),
)

NUMBERS = ("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
           "fifteen sixteen seventeen eighteen nineteen twenty").split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
MONTHS = ("January February March April May June July August September October November "
          "December").split()
SEASONS = "spring summer autumn winter".split()
