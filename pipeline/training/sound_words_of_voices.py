"""How people say what throats, hands and feet are heard to do, of people and of animals."""

from __future__ import annotations

from collections.abc import Mapping

#: See ``pipeline.training.sound_words``.
VOICE_PATTERNS: Mapping[str, tuple[str, ...]] = {
    "scream": (
        "{a scream|screams|screaming|a shriek|shrieking|shrieks|loud screaming|a loud scream|a "
        "screaming person|a screaming woman|human screams|a terrified scream|scream}",
        "{a person|someone|somebody|a woman|a man|a child|people|a girl|children} {screaming|"
        "screams|is screaming|shrieking|shrieks|scream|screamed|are screaming|screaming for help}",
        "{screaming|screams|a scream} {in fear|in panic|in pain|of fear|of pain|for help}",
    ),
    "shouting": (
        "{shouting|shouts|a shout|shout|a shouting person|loud shouting|angry shouting|people "
        "arguing loudly|a quarrel|a loud argument|an argument|quarreling|a loud quarrel}",
        "{a person|someone|somebody|a woman|a man|people|men|an angry person|children|a crowd} "
        "{shouting|shouts|is shouting|are shouting|shout|shouted|arguing|argue|shouting angrily|"
        "shouting at someone|shouting loudly|quarreling}",
    ),
    "baby_cry": (
        "{a baby cry|baby cry|baby crying|a crying baby|crying babies|babies crying|an infant cry|"
        "infant crying|a crying infant|a crying child|child crying|crying|a baby|an infant|babies|"
        "sobbing|weeping|a toddler|children crying}",
        "{a baby|an infant|a child|babies|a toddler|the baby|a small child|a kid|children|a girl} "
        "{crying|cries|is crying|cry|are crying|wailing|sobbing|weeping|whimpering}",
    ),
    "laughter": (
        "{laughter|laughing|a laugh|people laughing|laughs|giggling|chuckling|a giggle|a chuckle|"
        "loud laughter|a laughing person|snickering}",
        "{a person|someone|somebody|people|a woman|a man|children|a baby|a girl} {laughing|laughs|"
        "is laughing|laugh|are laughing|giggling|chuckling}",
    ),
    "cough": (
        "{a cough|coughing|coughs|cough|a coughing person|someone's cough|a sick person coughing}",
        "{a person|someone|somebody|a man|a woman} {coughing|coughs|is coughing|coughed}",
    ),
    "sneeze": (
        "{a sneeze|sneezing|sneezes|sneeze|person sneeze|a person sneeze|a sneezing person|human "
        "sneeze|a loud sneeze|human sneezing|people sneezing|person sneezing}",
        "{a person|someone|somebody|a man|a woman} {sneezing|sneezes|is sneezing|sneezed|has to "
        "sneeze|who sneezes}",
        "{a child|people|a girl|a boy} {sneezing|sneezes|is sneezing|sneeze}",
    ),
    "applause": (
        "{applause|clapping|clapping hands|hand clapping|claps|people clapping|an audience "
        "clapping}",
        "{people|an audience|hands|a crowd|someone|spectators} {clapping|clap|claps|are clapping}",
    ),
    "cheering": (
        "{cheering|cheers|a cheering crowd|loud cheering|people cheering|whooping|a happy crowd|"
        "fans cheering|spectators cheering}",
        "{people|a crowd|fans|spectators|an audience} {cheering|cheer|cheers|are cheering|is "
        "cheering}",
    ),
    "speech": (
        "{speech|talking|people talking|a conversation|voices|a voice|a person talking|someone "
        "speaking|a man speaking|a woman speaking|conversation|chatting|quiet talking|somebody's "
        "voice|whispering}",
        "{a person|someone|a man|a woman|somebody|a child} {talking|talks|is talking|speaking|"
        "speaks|is speaking|chatting|saying something|whispering}",
        "{people|persons|two people|men|women|children} {talking|speaking|chatting|talk|are "
        "talking|in conversation|speak|are speaking}",
    ),
    "crowd": (
        "{a crowd|crowd noise|a crowd of people|many voices|chatter|babble|a babble of voices|a "
        "crowd talking|crowds|the murmur of a crowd|a busy place|a noisy crowd|hubbub|a gathering}",
        "{many people|a lot of people|a crowd} {talking|chattering|speaking|murmuring}",
    ),
    "footsteps": (
        "{footsteps|steps|a footstep|someone walking|a person walking|walking|shoes on the floor|"
        "someone's footsteps|running steps|walking steps|people walking|a person running|"
        "footfalls}",
        "{footsteps|steps} {on the floor|on gravel|on the ground|passing|approaching|nearby}",
        "{a person|someone|somebody|a man|a woman} {walking|walks|walking by|is walking|running|"
        "walking past}",
    ),
    "dog_bark": (
        "{a dog|dogs|a barking dog|barking dogs|barking|a bark|dog barks|a dog bark|barks|dog "
        "bark|dog barking|dogs barking|a puppy|a growling dog|the bark of a dog|bark|dog}",
        "{a dog|dogs|a small dog|a big dog|the dog|a puppy|some dogs} {barking|barks|bark|is "
        "barking|are barking|howling|growling|barked}",
    ),
    "cat": (
        "{a cat|cats|a meowing cat|meowing|a meow|meows|cat meowing|a purring cat|caterwauling}",
        "{a cat|cats|the cat} {meowing|meows|meow|is meowing|purring|crying|are meowing}",
    ),
    "bird_song": (
        "{birds|a bird|bird song|birdsong|chirping birds|singing birds|a singing bird|bird calls|"
        "bird sounds|chirping|tweeting birds}",
        "{birds|a bird|some birds|small birds} {singing|sings|sing|are singing|is singing|"
        "chirping|chirps|chirp|calling|tweeting|twittering|tweet}",
    ),
    "rooster": (
        "{a rooster|roosters|rooster|a crowing rooster|crowing|a cock|a cock crow|a rooster crow|"
        "the crow of a rooster|a crowing cock|a chicken|rooster crowing|crowing roosters}",
        "{a rooster|roosters|a cock|the rooster|a chicken} {crowing|crows|is crowing|crow|calling|"
        "calls|crowed|in the morning|are crowing}",
    ),
    "crow": (
        "{a crow|crows|a cawing crow|cawing|a caw|cawing crows}",
        "{a crow|crows|some crows} {cawing|caws|caw|is cawing|calling|are cawing}",
    ),
    "insects": (
        "{an insect|crickets|a cricket|chirping crickets|a fly|flies|a mosquito|a bee|a wasp|a "
        "buzzing fly|a buzzing bee}",
        "{an insect|crickets|a cricket|a fly|a mosquito} {buzzing|buzzes|chirping|chirp|humming|"
        "at night|flying}",
    ),
}
