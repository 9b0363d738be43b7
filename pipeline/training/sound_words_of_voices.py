"""How people say what throats, hands and feet of people are heard to do."""

from __future__ import annotations

from collections.abc import Mapping

#: See ``pipeline.training.sound_words``.
VOICE_PATTERNS: Mapping[str, tuple[str, ...]] = {
    "scream": (
        "{shrieking|loud screaming}",
        "{a person|someone|somebody|a woman|a man|a child|people|a girl|children} {screams|is "
        "screaming|shrieks|scream|are screaming}",
        "{screaming|screams|a scream} {in fear|in panic|in pain|of fear|of pain|for help}",
        "{%scream|%shriek|%screech of a woman|%screech of a person|%screaming person|%screaming "
        "woman|%screaming man|%screaming girl|%screaming child|%screaming victim|%piercing "
        "scream|%loud scream|%high pitched scream|%terrified scream|%female scream|%male scream|"
        "%woman's scream|%man's scream|%child's scream|%girl's scream|%scream of terror|%scream "
        "of pain|%scream for help|%scream of fear|%blood curdling scream|%panicked scream|"
        "%shrill scream|%death scream|%shrieking person|%hysterical scream|%hysterical person|"
        "%shrill cry|%agonised scream|%agonized scream|%horrified scream|%desperate scream|"
        "%frightened scream|%distressed person|%squeal of a person|%human scream|%howl of pain|"
        "%wail of terror|%screaming lady|%scared person}",
        "{screaming|someone's screaming|screeching voices|shrieks of terror|screams of agony|"
        "screams of people|a girl screaming in fear|terrified people|screaming loudly|hysterical "
        "screaming|panic screaming|bloodcurdling screams|a woman in distress|a frightened person "
        "screaming|squealing children|a person in agony|shrill screaming|hysterics|screaming in "
        "terror|screaming with fear}",
        "{a person|someone|somebody|a woman|a man|a girl|a boy|a child|a victim|a lady|a "
        "teenager|a female|a kid|a neighbour|a neighbor} {~scream|~shriek|~screech|~scream for "
        "help|~scream in pain|~scream loudly|~squeal|~scream in panic|~scream at someone|~howl "
        "in pain}",
        "{a person|someone|somebody|a woman|a man|a girl|a boy|a child|a victim|a lady|a kid} {"
        "~scream in terror|~let out a scream|~wail in terror}",
        "{people|women|children|girls|men|kids|victims|persons} {^scream|^shriek|^scream in "
        "terror|^scream for help|^scream in panic|^scream in fear|^screech|^squeal}",
    ),
    "shouting": (
        "{shouting|loud shouting|angry shouting|quarreling|a loud quarrel}",
        "{a person|someone|somebody|a woman|a man|people|men|an angry person|children|a crowd} {"
        "shouting|shouts|is shouting|are shouting|shout|shouted|arguing|argue|shouting angrily|"
        "shouting at someone|shouting loudly|quarreling}",
        "{%shout|%loud shout|%angry shout|%shouting person|%shouting man|%shouting woman|"
        "%shouting crowd|%bellow|%angry man|%angry woman|%angry person|%furious person|%loud "
        "argument|%heated argument|%row between neighbours|%quarrel|%verbal fight|%verbal "
        "altercation|%altercation|%shouting match|%loud dispute|%domestic dispute|%domestic "
        "argument|%domestic|%argument|%angry outburst|%war cry|%battle cry|%threatening voice|"
        "%raised voice|%aggressive voice|%roar of a man|%hoarse shout|%drill sergeant|%drunk "
        "shouting|%shouting drunk|%shouting kid|%shouting neighbour|%shouting neighbor|%heckler|"
        "%squabble|%dispute|%spat|%bust_up|%shouting voice|%aggressive person|%shouted order|"
        "%shouted threat|%shouted insult|%holler}",
        "{aggressive shouting|verbal aggression|verbal abuse|verbal violence|arguing|a couple "
        "quarrelling|quarrelling|squabbling|hollering|bellowing|ranting|swearing|cursing|"
        "shouting in anger|shouts of anger|shouts of people|calling out loudly|loud calling|"
        "shouting names|chanting angrily|a heated discussion|aggression in voices|angry words|"
        "threats|threatening shouts|a loud angry voice|shouting in the hall|tempers flaring|"
        "commotion|a commotion|a ruckus|a row}",
        "{a person|someone|somebody|a man|a woman|a guy|a boy|a girl|a drunk|a teacher|a "
        "customer|an angry man|an angry woman|a kid} {~shout|~bellow|~holler|~argue|~quarrel|"
        "~rant|~swear|~curse|~shout insults|~shout threats|~shout angrily|~shout orders|~shout "
        "at someone|~threaten someone|~raise a voice|~shout abuse|~hurl insults|~roar in anger|"
        "~call out loudly}",
        "{a neighbour|a neighbor} {~shout|~bellow|~holler|~argue|~quarrel|~rant|~swear|~curse|"
        "~shout threats|~shout orders|~shout at someone|~shout abuse|~call out loudly}",
        "{people|men|women|children|two men|two people|a couple|neighbours|neighbors|kids|youths|"
        "drunks|customers|fans|protesters|teenagers} {^shout|^argue|^quarrel|^bellow|^holler|"
        "^squabble|^swear|^shout at each other|^argue loudly|^shout angrily|^shout insults|^have "
        "a row|^have an argument}",
        "{people|men|women|children|two men|two people|a couple|kids|youths|drunks|customers|"
        "fans|protesters|teenagers} {^raise their voices}",
    ),
    "scream/shouting": (
        "{yelling|loud voices|cries of people|screaming and shouting|shouting and screaming|"
        "people shouting and screaming|cries for help|angry voices}",
        "{a person|someone|somebody|a woman|a man|people} {in panic|in pain|needs help}",
        "{someone|somebody|a person|a man|a woman|people} {shouts or screams|yells|yell}",
        "{%yell|%cry for help|%call for help|%plea for help|%distress call|%cry of pain|%cry of "
        "fear|%angry cry|%cry of anger|%panicked voice|%frightened voice|%person in distress|"
        "%mayday call|%cry of distress|%desperate cry|%yelling person|%yelling man|%yelling "
        "woman|%person in danger|%outcry|%uproar|%loud cry|%person calling for help|%person "
        "yelling}",
        "{help|help me|please help|somebody help|someone help me|calls for help|pleas for help|"
        "screams and shouts|shouts and screams|screaming or shouting|yelling and screaming|panic|"
        "a panic|panicking people|mayhem|a riot|an attack on a person|someone being robbed|a "
        "mugging|a fight|fighting|a brawl|a violent fight|violence|domestic violence|an assault|"
        "a struggle|a fight breaking out|a fight in the street|someone begging|crying out in "
        "pain|hysterical voices|distress|human distress}",
        "{a person|someone|somebody|a woman|a man|a child|a girl|a victim|a boy} {~yell|~cry for "
        "help|~call for help|~cry out|~yell for help|~cry out in pain|~be attacked|~ask for help|"
        "~panic|~beg for help|~yell at someone|~plead|~shout for help|~need help|~be beaten|~be "
        "in distress}",
        "{people|men|women|children|kids|youths|neighbours|neighbors} {^yell|^cry for help|^call "
        "for help|^cry out|^yell at each other|^panic|^fight|^brawl|^shout for help|^be attacked|"
        "^scuffle}",
    ),
    "baby_cry": (
        "{baby cry|baby crying|infant crying|child crying|crying|sobbing|weeping|a toddler}",
        "{a baby|an infant|a child|babies|a toddler|the baby|a small child|a kid|children|a "
        "girl} {crying|cries|is crying|cry|are crying|wailing|sobbing|weeping|whimpering}",
        "{%baby|%crying baby|%screaming baby|%infant|%crying infant|%newborn|%crying newborn|"
        "%newborn baby|%crying child|%crying toddler|%crying kid|%crying girl|%crying boy|"
        "%sobbing child|%wailing baby|%weeping child|%upset baby|%hungry baby|%bawling baby|"
        "%fussy baby|%baby's cry|%child's cry|%infant's cry|%howling baby|%whimpering baby|"
        "%crying little one|%crying person|%crying woman|%weeping woman|%sob|%whimper|%tearful "
        "child|%upset child|%cry of a baby|%cry of an infant|%baby monitor with crying}",
        "{bawling|wailing of a baby|a baby in tears|baby sobs|a child in tears|tears|whimpering|"
        "blubbering|a tantrum|a child having a tantrum|a toddler's tantrum|the crying of a baby|"
        "the crying of a child|the cry of a child|an infant's crying|babies screaming|a nursery|"
        "someone crying|a woman crying|a man crying|people crying|someone weeping|a woman "
        "sobbing}",
        "{a baby|an infant|a child|a toddler|a kid|a little boy|a little girl|a small child|the "
        "baby|the infant|a baby girl|a baby boy|a tot} {~cry|~sob|~wail|~weep|~whimper|~bawl|"
        "~howl|~fuss|~whine|~throw a tantrum|~cry loudly|~be crying loudly|~blubber}",
        "{a newborn} {~cry|~sob|~wail|~weep|~whimper|~bawl|~howl|~fuss|~whine|~cry loudly|~be "
        "crying loudly|~blubber}",
        "{babies|infants|children|toddlers|newborns|kids} {^cry|^sob|^wail|^weep|^whimper|^bawl|"
        "^howl|^whine}",
    ),
    "laughter": (
        "{laughter|laughing|giggling|chuckling|loud laughter|snickering}",
        "{a person|someone|somebody|people|a woman|a man|children|a baby|a girl} {laughs|is "
        "laughing|laugh|are laughing}",
        "{%laugh|%giggle|%chuckle|%chortle|%cackle|%guffaw|%laughing person|%laughing man|"
        "%laughing woman|%laughing child|%laughing baby|%giggling girl|%belly laugh|%burst of "
        "laughter|%laugh track|%snigger|%snicker|%titter|%laughing crowd|%loud laugh|%fit of "
        "laughter|%roar of laughter|%evil laugh}",
        "{cackling|guffawing|sniggering|tittering|chortling|hilarity|merriment|haha|a joke and "
        "laughter|people having fun|laughing out loud|laughing kids|canned laughter|mocking "
        "laughter|hysterical laughter|joyful laughter|the laughter of children|the laughter of "
        "people|a good laugh|laughing at a joke}",
        "{a person|someone|somebody|a man|a woman|a child|a baby|a girl|a boy|an audience|a kid|"
        "a crowd|a teenager} {~laugh|~giggle|~chuckle|~cackle|~chortle|~guffaw|~snigger|~laugh "
        "out loud|~burst out laughing|~laugh loudly|~roar with laughter|~crack up|~titter}",
        "{people|children|girls|men|women|kids|friends|teenagers|spectators} {^laugh|^giggle|"
        "^chuckle|^cackle|^laugh out loud|^burst out laughing|^crack up|^snigger}",
    ),
    "cough": (
        "{coughing|someone's cough|a sick person coughing}",
        "{%cough|%coughing person|%coughing man|%coughing woman|%coughing child|%dry cough|%bad "
        "cough|%coughing fit|%fit of coughing|%smoker's cough|%hacking cough|%wet cough|%chesty "
        "cough|%sick person|%coughing patient|%bout of coughing|%throat clearing|%wheeze|"
        "%choking person|%barking cough}",
        "{clearing the throat|clearing one's throat|someone clearing their throat|hacking|"
        "hacking and coughing|coughing up|choking|choking and coughing|wheezing|spluttering|a "
        "person with a cold|the flu|human cough|human coughing|coughing loudly|coughing hard|"
        "repeated coughing|coughs and sneezes of the sick|the cough of a man}",
        "{a person|someone|somebody|a man|a woman|a child|a patient|an old man|a smoker|a kid|a "
        "boy|a girl|a sick man} {~cough|~clear his throat|~choke|~wheeze|~splutter|~cough hard|"
        "~cough loudly|~have a cough|~cough up|~hack}",
        "{people|patients|men|children|students} {^cough|^choke|^wheeze|^cough loudly}",
    ),
    "sneeze": (
        "{sneezing|person sneeze|a person sneeze|human sneezing|person sneezing}",
        "{a person|someone|somebody|a man|a woman} {has to sneeze|who sneezes}",
        "{a child|people|a girl|a boy} {sneezes|is sneezing|sneeze}",
        "{%sneeze|%sneezing person|%sneezing man|%sneezing woman|%sneezing child|%loud sneeze|"
        "%sneezing fit|achoo|atishoo|%violent sneeze|%stifled sneeze|%sneezing girl|%sneezing "
        "boy|%nose blow|%sniffle|%allergy sneeze|%sneeze of a person|%sneeze of a man|%sneezing "
        "kid|%human sneeze|%big sneeze}",
        "{sneezing loudly|sneezing repeatedly|hay fever|an allergy|a sneeze and a sniff|"
        "someone's sneeze|the sneezing of a person|blowing one's nose|someone blowing their nose|"
        "sniffling|sniffing|bless you|a sneeze into a tissue|a man's sneeze|a woman's sneeze}",
        "{a person|someone|somebody|a man|a woman|a child|a girl|a boy|a kid|a baby|an old man} {"
        "~sneeze|~sneeze loudly|~blow the nose|~sniffle|~sneeze twice|~need to sneeze|~sneeze "
        "hard|~sneeze again}",
        "{people|children|men|women|persons|kids} {^sneeze|^sneeze loudly|^sniffle|^sneeze "
        "repeatedly}",
    ),
    "applause": (
        "{applause|clapping|clapping hands|claps}",
        "{people|an audience|hands|a crowd|someone|spectators} {clap|claps|are clapping}",
        "{%clap of hands|%hand clap|%round of applause|%standing ovation|%ovation|%clapping "
        "audience|%applauding crowd|%applauding audience|%clapping crowd|%clapping person|%slow "
        "clap|%hand clapping|%burst of applause|%applauding person}",
        "{applauding|clapping of hands|thunderous applause|polite applause|loud applause|loud "
        "clapping|clapping and whistling|rhythmic clapping|the applause of an audience|handclaps|"
        "audience applause}",
        "{a person|someone|an audience|a crowd|the audience|the public|somebody|a spectator} {"
        "~clap|~applaud|~clap hands|~clap loudly|~give applause|~clap along}",
        "{people|spectators|viewers|guests|hands|fans|children|listeners} {^clap|^applaud|^clap "
        "hands|^clap loudly|^clap their hands}",
    ),
    "cheering": (
        "{cheering|loud cheering|whooping}",
        "{people|a crowd|fans|spectators|an audience} {cheer|cheers|are cheering|is cheering}",
        "{%cheer|%cheering crowd|%cheering audience|%cheering fan|%happy crowd|%rejoicing crowd|"
        "%whoop|hooray|hurray|hurrah|%celebrating crowd|%celebration|%chant of fans|%football "
        "crowd|%soccer crowd|%stadium crowd|%goal celebration|%enthusiastic crowd|%party crowd|"
        "%roar of a crowd|%jubilant crowd|%sports crowd|%excited crowd|%joyful cry}",
        "{cheers and applause|cheers of a crowd|cheering people|cheering children|cheering kids|"
        "jubilation|rejoicing|celebrating people|celebrating fans|football fans|a stadium|"
        "chanting|chanting fans|yippee|wooing|crowd cheering|crowd roaring|whoops of joy|shouts "
        "of joy|cries of joy|joyful people|enthusiastic fans|the roar of the stadium}",
        "{a crowd|an audience|the crowd|a stadium|someone|a fan|a team|a group} {~cheer|"
        "~celebrate|~rejoice|~whoop|~chant|~roar with joy|~cheer loudly|~cheer wildly|~go wild}",
        "{people|fans|spectators|supporters|children|players|students} {^cheer|^celebrate|"
        "^rejoice|^whoop|^chant|^cheer loudly|^cheer for their team|^hoot with joy}",
    ),
    "speech": (
        "{talking|chatting|quiet talking|somebody's voice|whispering}",
        "{persons|two people|men|women|children} {talking|speaking|chatting|talk|are talking|in "
        "conversation|speak|are speaking}",
        "{%voice|%human voice speaking|%male voice|%female voice|%child's voice|%man's voice|"
        "%woman's voice|%conversation|%dialogue|%dialog|%discussion|%chat|%talk|%speech|"
        "%monologue|%narration|%announcement|%lecture|%phone conversation|%presenter|%speaker|"
        "%announcer|%commentator|%newsreader|%talking person|%talking man|%talking woman|"
        "%talking child|%whisper|%mumble|%murmur|%interview|%greeting|%radio announcer|%spoken "
        "word|%voice on the phone|%radio voice|%quiet voice|%spoken announcement|%loudspeaker "
        "announcement|%public address announcement|%guide|%teacher|%speaking person|%meeting|"
        "%voice message}",
        "{words|spoken language|human speech|male speech|female speech|child speech|normal "
        "conversation|quiet conversation|casual talk|small talk|gossip|whispered words|mumbling|"
        "muttering|discussing|a talk between two people|people in conversation|people discussing "
        "something|a dialogue between two men|someone on the phone|a person on the phone|a "
        "friendly voice|a calm voice|low voices|talking voices|narrating|reading aloud|a story "
        "being told|staff talking|the talk of people|a telephone conversation}",
        "{a person|someone|somebody|a man|a woman|a guy|a child|a girl|a boy|a lady|a teacher|a "
        "visitor|a worker|a guard|a speaker|an employee} {~talk|~speak|~chat|~whisper|~say "
        "something|~mumble|~mutter|~tell a story|~read aloud|~greet someone|~discuss|~explain "
        "something|~talk on the phone|~converse|~answer|~say hello}",
        "{a person|someone|somebody|a man|a woman|a guy|a child|a girl|a boy|a lady|a visitor|a "
        "worker|a guard|an employee} {~ask a question}",
        "{people|men|women|children|two people|two men|two women|friends|colleagues|visitors|"
        "workers|guards|neighbours|neighbors} {^talk|^speak|^chat|^whisper|^discuss|^converse|"
        "^gossip|^murmur|^talk quietly|^hold a conversation|^talk to each other}",
        "{people|men|women|children|two people|two men|two women|friends|colleagues|visitors|"
        "workers|guards} {^exchange words}",
    ),
    "crowd": (
        "{a crowd of people|many voices|chatter|babble|a babble of voices|the murmur of a crowd|"
        "a busy place|a noisy crowd|hubbub|a gathering}",
        "{a lot of people|a crowd} {speaking}",
        "{%crowd|%big crowd|%large crowd|%murmuring crowd|%chattering crowd|%crowd of visitors|"
        "%crowd of shoppers|%crowded place|%crowded room|%crowded street|%crowded bar|%party|"
        "%busy restaurant|%busy station|%market|%market place|%marketplace|%restaurant|"
        "%cafeteria|%canteen|%busy pub|%busy shop|%busy mall|%shopping mall|%train station hall|"
        "%waiting room|%playground|%schoolyard|%lobby full of people|%reception|%conference|"
        "%gathering of people|%assembly|%demonstration|%protest|%march|%rally|%mob|%throng|"
        "%multitude|%audience murmur|%crowd murmur}",
        "{crowd noise|crowd sounds|people in a crowd|hundreds of people|lots of people|lots of "
        "voices|a lot of voices|many people speaking|voices of a crowd|the hum of voices|the "
        "buzz of a crowd|murmuring voices|chattering people|the chatter of people|indistinct "
        "chatter|indistinct voices|walla|hubbub of people|hustle and bustle|bustle|a party going "
        "on|kids playing|a bustling place|a restaurant full of people|people at a party|people "
        "gathered|a murmur of voices|a sea of voices|background chatter|rhubarb of voices}",
        "{a crowd|a big crowd|the crowd|a group of people|a mass of people} {~talk|~murmur|"
        "~chatter|~babble|~mill around|~gather|~mingle|~buzz}",
        "{many people|a lot of people|lots of people|hundreds of people|crowds|many voices|"
        "guests} {^talk|^murmur|^chatter|^babble|^speak at once|^gather|^mingle}",
        "{many people|crowds|many voices|guests} {^talk at the same time}",
    ),
    "footsteps": (
        "{walking|shoes on the floor|someone's footsteps|running steps|walking steps}",
        "{footsteps|steps} {on the floor|on gravel|on the ground|nearby}",
        "{%footstep|%footfall|%step|%heavy footstep|%running footstep|%approaching footstep|"
        "%walker|%pedestrian|%jogger|%runner|%passerby|%high heel|%boot on the floor|%shoe on "
        "gravel|%creaking stair|%stomp|%tread|%running person|%walking person|%walking man|"
        "%marching soldier|%person on the stairs|%person going upstairs|%prowler|%intruder "
        "walking|%sneaking person|%quiet footstep|%stealthy footstep|%shuffling step|%barefoot "
        "step|%shuffle of feet|%patter of feet}",
        "{foot steps|steps on stairs|steps on the stairs|footsteps on stairs|footsteps on "
        "concrete|footsteps on wood|footsteps in the snow|footsteps in the hallway|steps in the "
        "corridor|walking footsteps|walking on gravel|walking on leaves|walking in snow|walking "
        "in heels|heels clicking|clicking heels|click of heels|boots marching|marching|marching "
        "feet|running feet|stomping|stamping feet|feet on the floor|feet stamping|feet running|"
        "shuffling feet|tiptoeing|pacing|jogging|hurried steps|quick steps|slow steps|heavy "
        "steps|someone running upstairs|someone sneaking around|squeaking shoes|somebody's steps|"
        "a person on the stairs walking}",
        "{a person|someone|somebody|a man|a woman|a child|a guard|an intruder|a burglar|a "
        "prowler|a stranger|a visitor|a pedestrian} {~walk|~run|~step|~stride|~pace|~stroll|~jog|"
        "~stomp|~march|~tiptoe|~sneak|~creep|~walk past|~run away|~run past|~walk by|~come "
        "closer|~climb the stairs|~go upstairs|~walk around|~walk on gravel|~shuffle along|"
        "~prowl}",
        "{people|men|soldiers|children|pedestrians|visitors|joggers|passersby|guards} {^walk|"
        "^run|^step|^stride|^pace|^stroll|^jog|^stomp|^march|^walk past|^run past|^run away|"
        "^walk around}",
        "{footsteps|steps|running steps|heavy steps|feet} {^approach|^come closer|^go away|^echo|"
        "^pass|^cross the floor|^climb the stairs|^stop|^fade}",
    ),
}
