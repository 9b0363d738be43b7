"""How people say what animals are heard to do."""

from __future__ import annotations

from collections.abc import Mapping

#: See ``pipeline.training.sound_words``.
ANIMAL_PATTERNS: Mapping[str, tuple[str, ...]] = {
    "dog_bark": (
        "{a barking dog|barking dogs|barking|a bark|dog barks|barks|dog bark|dog barking|the "
        "bark of a dog|bark}",
        "{a dog|dogs|a small dog|a big dog|the dog|a puppy|some dogs} {barks|bark|is barking|are "
        "barking}",
        "{%dog|%hound|%puppy|%pup|%canine|%mutt|%pooch|%doggy|%guard dog|%watchdog|%watch dog|"
        "%police dog|%stray dog|%street dog|%family dog|%pet dog|%big dog|%small dog|%little dog|"
        "%large dog|%angry dog|%aggressive dog|%vicious dog|%shepherd dog|%sheepdog|%german "
        "shepherd|%terrier|%bulldog|%poodle|%husky|%rottweiler|%labrador|%chihuahua|%beagle|"
        "%hunting dog|%farm dog|%neighbour's dog|%neighbor's dog|%barking hound|%barking puppy|"
        "%howling dog|%growling dog|%whining dog|%yapping dog|%snarling dog|%yelping puppy|%bark "
        "of a dog|%woof|%yap|%yelp|%growl|%snarl|%howl of a dog|%dog's bark|%wolf|%fox|%coyote|"
        "%kennel|%dog kennel|%pack of dogs|%barking fit}",
        "{woofing|yapping|yelping|growling|snarling|baying hounds|the baying of hounds|the "
        "barking of dogs|the barking of a dog|the yapping of a small dog|dog noise|dog sounds|"
        "dog noises|dog growl|dog howl|a dog fight|a dog attack|bow wow|woof woof|whimpering dog|"
        "loud barking|continuous barking|barks of dogs|barks of a dog|a dog warning|the dogs|an "
        "excited dog|our dog|arf|deep barking}",
        "{a dog|a hound|a puppy|a guard dog|a watchdog|the dog|a big dog|a small dog|a mutt|a "
        "canine|a terrier|a stray dog|an angry dog|a pup|a pet} {~bark|~woof|~yap|~growl|~howl|"
        "~bay|~snarl|~yelp|~whine|~whimper|~bark loudly|~bark at someone|~bark at strangers|"
        "~yowl|~go mad}",
        "{dogs|hounds|puppies|guard dogs|the dogs|some dogs|stray dogs|watchdogs|wolves} {^bark|"
        "^woof|^yap|^growl|^howl|^bay|^snarl|^yelp|^whine|^bark loudly|^bark at someone|^fight}",
    ),
    "cat": (
        "{meowing|cat meowing|caterwauling}",
        "{a cat|cats|the cat} {meows|meow|is meowing|crying|are meowing}",
        "{%cat|%kitten|%kitty|%tomcat|%tom cat|%house cat|%stray cat|%pet cat|%feline|%pussycat|"
        "%meowing cat|%mewing kitten|%purring cat|%hissing cat|%yowling cat|%angry cat|%hungry "
        "cat|%alley cat|%meow|%miaow|%mew|%purr|%hiss of a cat|%yowl|%howling cat|%cat fight|"
        "%caterwaul|%cat's meow|%moggy|%crying cat|%screeching cat}",
        "{mewing|miaowing|purring|a miaowing cat|cat noises|cat sounds|cat purr|the meowing of a "
        "cat|the purr of a cat|the mewing of a kitten|fighting cats|cat meow|a cat in heat|kitty "
        "meowing|hissing of cats}",
        "{a cat|a kitten|a tomcat|the cat|a kitty|a stray cat|an angry cat|a feline|a hungry "
        "cat} {~meow|~miaow|~mew|~purr|~hiss|~yowl|~howl|~cry|~screech|~caterwaul|~spit}",
        "{cats|kittens|stray cats|tomcats|the cats} {^meow|^miaow|^mew|^purr|^hiss|^yowl|^fight|"
        "^howl|^screech}",
    ),
    "bird_song": (
        "{bird song|birdsong|bird sounds|chirping}",
        "{birds|a bird|some birds|small birds} {singing|sings|sing|are singing|is singing|"
        "chirping|chirps|chirp|calling|tweeting|twittering|tweet}",
        "{%bird|%songbird|%song bird|%singing bird|%chirping bird|%tweeting bird|%sparrow|"
        "%blackbird|%robin|%finch|%nightingale|%thrush|%lark|%starling|%canary|%wren|%warbler|"
        "%cuckoo|%pigeon|%dove|%parrot|%budgie|%woodpecker|%owl|%seagull|%gull|%bird call|%bird "
        "cry|%chirp|%tweet|%twitter|%warble|%trill of a bird|%dawn chorus|%flock of birds|"
        "%garden bird|%wild bird|%little bird|%swallow|%goose|%duck|%hooting owl|%cooing pigeon|"
        "%bird's song|%peep|%cooing dove|%magpie|%blue tit|%tit|%bird whistle}",
        "{warbling|trilling birds|twittering|cooing|coo|quacking|quacking ducks|honking geese|"
        "hooting of an owl|birds in the trees|birds at dawn|birds in the morning|the song of a "
        "bird|the song of birds|the singing of birds|the chirping of birds|the twittering of "
        "birds|bird noise|bird chirping|bird singing|bird tweeting|bird chirps|chirping sparrows|"
        "a forest with birds|a bird in a tree|birdcalls|fluttering wings|flapping wings|pecking}",
        "{a bird|a songbird|a sparrow|a blackbird|a robin|a nightingale|a pigeon|a dove|a "
        "seagull|a parrot|an owl|a duck|the bird|a lark|a canary} {~sing|~chirp|~tweet|~twitter|"
        "~warble|~call|~whistle|~trill|~coo|~peep|~cry|~hoot|~squawk|~quack}",
        "{birds|songbirds|sparrows|blackbirds|pigeons|seagulls|gulls|parrots|ducks|owls|the "
        "birds|robins|swallows} {^sing|^chirp|^tweet|^twitter|^warble|^call|^whistle|^trill|^coo|"
        "^peep|^cry|^squawk|^flap their wings}",
    ),
    "rooster": (
        "{crowing|the crow of a rooster|a crowing cock|rooster crowing}",
        "{a rooster|roosters|a cock|the rooster|a chicken} {crowing|crows|is crowing|crow|"
        "calling|calls|crowed|in the morning|are crowing}",
        "{%rooster|%cock|%cockerel|%crowing cockerel|%crowing rooster|%hen|%chicken|%clucking "
        "hen|%clucking chicken|%cock crow|%rooster call|%rooster's crow|%rooster cry|%chick|"
        "%farm bird|%poultry farm|%hen house|%chicken coop|%cluck|cock a doodle doo|%turkey|"
        "%barnyard cock|%fowl|%bantam|%farm rooster|%crow of a cock|%crow of a rooster|%crow of "
        "a cockerel|%proud rooster}",
        "{clucking|cluck cluck|cock crowing|a cockerel's call|cock a doodle|crowing at dawn|the "
        "crowing of a rooster|the crowing of a cock|a rooster on a farm|poultry|a farmyard|"
        "domestic fowl|gobbling turkeys|the cackle of hens|a rooster waking people up}",
        "{a rooster|a cock|a cockerel|the rooster|the cockerel|a farm rooster} {~crow|~call|~cry|"
        "~crow at dawn|~crow loudly|~wake everyone|~cackle}",
        "{a rooster|a cock|the rooster|a farm rooster} {~greet the morning}",
        "{roosters|cocks|cockerels} {^crow|^call|^cry|^crow at dawn|^crow loudly}",
        "{a hen|a chicken} {~cluck|~cackle|~squawk}",
        "{hens|chickens} {^cluck|^cackle|^squawk}",
    ),
    "crow": (
        "{a crow|crows|a cawing crow|cawing|cawing crows}",
        "{a crow|crows|some crows} {cawing|caws|caw|is cawing|calling|are cawing}",
        "{%crow call|%raven|%rook|%cawing raven|%jackdaw|%black crow|%flock of crows|%murder of "
        "crows|%carrion crow|%croak of a raven|%crow's caw|%cry of a crow|%call of a crow|"
        "%croaking raven|%hooded crow|%crow cry|%caw}",
        "{cawing rooks|the cawing of crows|the cawing of a crow|caw caw|crow cawing|crows in the "
        "trees|crows on the roof|a crow on a roof}",
        "{a crow|a raven|a rook|the crow|a jackdaw|a black crow} {~caw|~croak|~call|~cry}",
        "{crows|ravens|rooks|the crows|jackdaws} {^caw|^croak|^call|^cry|^gather}",
    ),
    "insects": (
        "{an insect|crickets|a cricket|a fly|a mosquito} {buzzes|chirp|at night|flying}",
        "{%insect|%bug|%cricket|%grasshopper|%cicada|%locust|%bee|%wasp|%hornet|%fly|%housefly|"
        "%mosquito|%gnat|%bumblebee|%honey bee|%swarm of bees|%swarm of flies|%swarm|%beehive|"
        "%buzzing bee|%buzzing wasp|%buzzing fly|%buzzing insect|%buzzing mosquito|%chirping "
        "cricket|%beetle|%dragonfly|%moth|%midge|%hive|%buzz of a fly|%buzz of a bee|%cricket "
        "chirp|%horsefly|%bluebottle}",
        "{insect sounds|insect noise|chirping insects|insects at night|night insects|singing "
        "cicadas|the chirping of crickets|the buzzing of bees|the buzz of insects|the hum of "
        "bees|the whine of a mosquito|a fly near the microphone|an insect on the microphone|"
        "stridulating insects}",
        "{a bee|a wasp|a fly|a mosquito|a cricket|a grasshopper|a cicada|a hornet|a bug|a "
        "bumblebee|an insect} {~buzz|~hum|~chirp|~fly around|~whine|~fly past|~sing|~drone}",
        "{bees|wasps|flies|mosquitoes|crickets|grasshoppers|cicadas|insects|bugs|hornets} {^buzz|"
        "^hum|^chirp|^swarm|^fly around|^sing|^drone|^whine}",
    ),
}
